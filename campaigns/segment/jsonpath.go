package segment

import "strings"

// JSONPath is a path of Validate, Problems or Explain as the JSON of a rule has it: "rule.0.2.where.1" is
// "rule.rules[0].rules[2].where[1]". What is no path of a rule stays as it is.
func JSONPath(path string) string {
	steps := strings.Split(path, ".")
	if steps[0] != "rule" {
		return path
	}
	out, below := steps[0], "rules"
	for _, step := range steps[1:] {
		if strings.Trim(step, "0123456789") != "" { // where: what follows is one of its tests
			below = step
			continue
		}
		out += "." + below + "[" + step + "]"
		below = "rules"
	}
	return out
}
