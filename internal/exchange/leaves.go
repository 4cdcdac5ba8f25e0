package exchange

import (
	"slices"
	"strconv"
	"strings"
)

// leaves are fields that say of somebody that they left, or cannot be written to.
var leaves = map[string]bool{"left_at": true, "bounced_at": true, "blocked": true}

// leavesBy is what a column says of leaving by its name: by a yes, a moment or a word. How often something happened is no
// such column, nor is a status of which no word says that anybody left.
func leavesBy(name string, cells []string) string {
	field := fieldOf[plain(name)]
	switch {
	case field == "state" && slices.ContainsFunc(cells, saysLeft), leaves[field] && !slices.ContainsFunc(cells, isCount):
		return field
	}
	return ""
}

func isCount(cell string) bool {
	n, err := strconv.ParseFloat(strings.TrimSpace(cell), 64)
	return err == nil && n != 0 && n != 1
}

// isStanding tells a status from, say, Shopify's "State", which is a part of the country: at least half of its words are
// known, or one says that somebody left. The lines of the others are refused, which is better than confirming those.
func isStanding(cells []string) bool {
	return 2*count(cells, isState) >= len(cells) || slices.ContainsFunc(cells, saysLeft)
}

// tellsLeaving reports whether a column's values are of a status, by whatever name, of people some of whom left.
func tellsLeaving(cells []string) bool {
	left := count(cells, saysLeft)
	return left > 0 && (2*left >= len(cells) || all(cells, isState))
}

func isState(s string) bool {
	_, err := standing(s)
	return err == nil
}

func count(cells []string, is func(string) bool) (n int) {
	for _, c := range cells {
		if is(c) {
			n++
		}
	}
	return n
}
