package liquid

import (
	"encoding/base64"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

var _ = register(map[string]filter{
	"upcase":                 onText(strings.ToUpper),
	"downcase":               onText(strings.ToLower),
	"capitalize":             onText(capitalize),
	"strip":                  keep(func(s string) string { return strings.Trim(s, space) }),
	"lstrip":                 keep(func(s string) string { return strings.TrimLeft(s, space) }),
	"rstrip":                 keep(func(s string) string { return strings.TrimRight(s, space) }),
	"strip_newlines":         keep(strings.NewReplacer("\r\n", "", "\n", "").Replace),
	"append":                 {min: 1, max: 1, run: appendText, keepsSafe: true},
	"prepend":                {min: 1, max: 1, run: prependText, keepsSafe: true},
	"replace":                {min: 1, max: 2, run: replace},
	"replace_first":          {min: 1, max: 2, run: replaceFirst},
	"replace_last":           {min: 2, max: 2, run: replaceLast},
	"remove":                 {min: 1, max: 1, run: replace},
	"remove_first":           {min: 1, max: 1, run: replaceFirst},
	"remove_last":            {min: 1, max: 1, run: replaceLast},
	"split":                  {min: 1, max: 1, run: split},
	"slice":                  {min: 1, max: 2, run: slice},
	"truncate":               {max: 2, run: truncate},
	"truncatewords":          {max: 2, run: truncateWords},
	"url_encode":             onText(url.QueryEscape),
	"url_decode":             {run: urlDecode},
	"base64_encode":          {run: encode(base64.StdEncoding)},
	"base64_decode":          {run: decode(base64.StdEncoding)},
	"base64_url_safe_encode": {run: encode(base64.URLEncoding)},
	"base64_url_safe_decode": {run: decode(base64.URLEncoding)},
})

// keep makes a filter that leaves escaped HTML escaped.
func keep(f func(string) string) filter {
	return filter{keepsSafe: true, run: func(v any, a *args) (any, error) {
		if s, ok := v.(safe); ok {
			return safe(f(string(s))), nil
		}
		return f(str(v)), nil
	}}
}

func capitalize(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	if n == 0 {
		return ""
	}
	return string(unicode.ToUpper(r)) + strings.ToLower(s[n:])
}

// joined puts two values together; when one is escaped HTML the other is escaped to match.
func joined(a *args, l, r any) (any, error) {
	_, lSafe := l.(safe)
	_, rSafe := r.(safe)
	if lSafe || rSafe {
		l, r = escaped(l), escaped(r)
	}
	x, y := str(l), str(r)
	if err := a.room(len(x) + len(y)); err != nil {
		return nil, err
	}
	if lSafe || rSafe {
		return safe(x + y), nil
	}
	return x + y, nil
}

func appendText(v any, a *args) (any, error)  { return joined(a, v, a.at(0)) }
func prependText(v any, a *args) (any, error) { return joined(a, a.at(0), v) }

func replace(v any, a *args) (any, error) {
	s, from, to := str(v), a.str(0), a.str(1)
	n := strings.Count(s, from)
	if err := a.room(len(s) + n*max(len(to)-len(from), 0)); err != nil {
		return nil, err
	}
	return strings.ReplaceAll(s, from, to), nil
}

func replaceFirst(v any, a *args) (any, error) {
	return strings.Replace(str(v), a.str(0), a.str(1), 1), nil
}

func replaceLast(v any, a *args) (any, error) {
	s, from := str(v), a.str(0)
	i := strings.LastIndex(s, from)
	if i < 0 {
		return s, nil
	}
	return s[:i] + a.str(1) + s[i+len(from):], nil
}

// split cuts a text; by a single space it cuts at any white space. Empty pieces at the end go.
func split(v any, a *args) (any, error) {
	s, by := str(v), a.str(0)
	if err := a.c.step(strings.Count(s, by), a.off); err != nil {
		return nil, err
	}
	var pieces []string
	if by == " " {
		pieces = strings.Fields(s)
	} else {
		pieces = strings.Split(s, by)
	}
	for len(pieces) > 0 && pieces[len(pieces)-1] == "" {
		pieces = pieces[:len(pieces)-1]
	}
	list := make([]any, len(pieces))
	for i, p := range pieces {
		list[i] = p
	}
	return list, nil
}

func slice(v any, a *args) (any, error) {
	from, ok := strictInt(a.at(0))
	if !ok {
		return nil, a.fail("%s is not a whole number.", brief(a.at(0)))
	}
	n := int64(1)
	if a.at(1) != nil {
		if n, ok = strictInt(a.at(1)); !ok {
			return nil, a.fail("%s is not a whole number.", brief(a.at(1)))
		}
	}
	if list, ok := v.([]any); ok {
		from, to := bounds(from, n, len(list))
		return list[from:to:to], nil
	}
	rs := []rune(str(v))
	lo, hi := bounds(from, n, len(rs))
	return string(rs[lo:hi]), nil
}

// bounds is the part of a length from a place, counted from the end when negative.
func bounds(from, n int64, length int) (lo, hi int) {
	if from < 0 {
		from += int64(length)
	}
	if from < 0 || from > int64(length) || n < 0 {
		return 0, 0
	}
	return int(from), int(from + min(n, int64(length)-from))
}

// count is a whole number argument of the truncate filters.
func (a *args) count(otherwise int64) (int64, error) {
	if a.len() == 0 {
		return otherwise, nil
	}
	n, ok := strictInt(a.at(0))
	if !ok {
		return 0, a.fail("%s is not a whole number.", brief(a.at(0)))
	}
	return n, nil
}

func (a *args) ellipsis() string {
	if a.len() > 1 {
		return a.str(1)
	}
	return "..."
}

func truncate(v any, a *args) (any, error) {
	n, err := a.count(50)
	if err != nil || v == nil {
		return nil, err
	}
	rs, dots := []rune(str(v)), a.ellipsis()
	if int64(len(rs)) <= n {
		return str(v), nil
	}
	n = max(n-int64(utf8.RuneCountInString(dots)), 0)
	return string(rs[:n]) + dots, nil
}

func truncateWords(v any, a *args) (any, error) {
	n, err := a.count(15)
	if err != nil || v == nil {
		return nil, err
	}
	n = max(n, 1)
	words := strings.Fields(str(v))
	if int64(len(words)) <= n {
		return str(v), nil
	}
	return strings.Join(words[:n], " ") + a.ellipsis(), nil
}

func urlDecode(v any, a *args) (any, error) {
	s, err := url.QueryUnescape(str(v))
	if err != nil || !utf8.ValidString(s) {
		return nil, a.fail("%s is not URL-encoded text.", brief(v))
	}
	return s, nil
}

func encode(e *base64.Encoding) func(any, *args) (any, error) {
	return func(v any, a *args) (any, error) { return e.EncodeToString([]byte(str(v))), nil }
}

func decode(e *base64.Encoding) func(any, *args) (any, error) {
	return func(v any, a *args) (any, error) {
		b, err := e.DecodeString(str(v))
		if err != nil || !utf8.Valid(b) {
			return nil, a.fail("%s is not Base64 text.", brief(v))
		}
		return string(b), nil
	}
}
