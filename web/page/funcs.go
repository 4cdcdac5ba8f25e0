package page

import (
	"fmt"
	"html/template"
	"math"
	"net/url"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns/audience"
	"keepsake/internal/render"
	"keepsake/internal/store"
)

// funcs are the words of the templates, bound to the reader in v.
func (b *Book) funcs(v *view) template.FuncMap {
	cat := b.catalog
	return template.FuncMap{
		"t": func(id string, args ...any) string { return cat.T(v.Lang, id, args...) },
		"n": func(id string, count any, args ...any) string { return sayCount(b, v.Lang, id, count, args) },

		"date": func(at any) string { return onDay(at, func(t time.Time) string { return cat.Date(v.Lang, t, v.Zone) }) },
		"datetime": func(at any) string {
			return onDay(at, func(t time.Time) string { return cat.DateTime(v.Lang, t, v.Zone) })
		},
		"clock": func(at any) string {
			return onDay(at, func(t time.Time) string { return t.In(v.Zone).Format("15:04") })
		},
		"iso": func(at any) string {
			return onDay(at, func(t time.Time) string { return t.UTC().Format(time.RFC3339) })
		},
		"ago": func(at any) string { return onDay(at, func(t time.Time) string { return b.ago(v, t) }) },
		"local": func(at any) string {
			return onDay(at, func(t time.Time) string { return t.In(v.Zone).Format("2006-01-02T15:04") })
		},
		"zone":    func() string { return v.Zone.String() },
		"now":     func() time.Time { return v.Now },
		"number":  func(n any) string { return cat.Number(v.Lang, n) },
		"bytes":   func(n int64) string { return sayBytes(cat, v.Lang, n) },
		"money":   func(cents int64, currency string) string { return cat.Money(v.Lang, cents, currency) },
		"percent": func(part, whole any) string { return percent(b, v.Lang, part, whole) },

		"icon":     func(name string) template.HTML { return icon(v, name) },
		"static":   func(name string) string { return v.site.Static.URL(name) },
		"query":    func(pairs ...any) (string, error) { return query(v.URL, pairs) },
		"here":     func(prefix string) bool { return here(v.URL, prefix) },
		"path":     func() string { return v.URL.RequestURI() },
		"pathonly": func() string { return v.URL.Path },
		"about":    func() string { return v.About },
		"fault":    func(field string) string { return v.Fields[field] },
		"faults":   func() string { return v.Fault },

		"user":       func() any { return v.User },
		"shop":       func() any { return v.Shop },
		"lang":       func() string { return v.Lang },
		"languages":  func() []string { return audience.Languages },
		"language":   func(code string) string { return languageNames[code] },
		"theme":      func() string { return v.Theme },
		"toast":      func() *toast { return v.Toast },
		"held":       func() []string { return v.site.Instance.Reasons() },
		"newsecret":  func() bool { return v.site.Instance.NewSecret() },
		"canconfirm": func() bool { return store.CanConfirm(v.site.Instance.Held()) },
		"mailbox":    func() bool { return v.site.Mailbox },
		"has":        b.Has,
		"file":       b.file,
		"dict":       dict,
		"list":       func(all ...any) []any { return all },
		"sparkline":  sparkline,
		"join":       strings.Join,
		"floor":      math.Floor,
		"span":       func(d time.Duration) string { return b.span(v.Lang, d) },
		"inc":        func(i int) int { return i + 1 },
		"sub":        func(a, b int64) int64 { return a - b },
		"clocksec":   func(at time.Time) string { return at.In(v.Zone).Format("15:04:05") },
		"before":     before,
		"after":      after,
		"momenticon": momentIcon,
	}
}

// languageNames are the languages as their speakers call them.
var languageNames = map[string]string{"en": "English", "bg": "Български", "ru": "Русский"}

// sayCount picks the plural form and groups the digits of the number.
func sayCount(b *Book, lang, id string, count any, args []any) string {
	var n int64
	switch c := count.(type) {
	case int:
		n = int64(c)
	case int64:
		n = c
	}
	format := strings.Replace(id, "%d", "%d", 1)
	said := b.catalog.N(lang, format, int(n), args...)
	return strings.Replace(said, fmt.Sprint(n), b.catalog.Number(lang, n), 1)
}

// Bytes says the size of a file in the reader's language: "3.1 MB".
func (s *Site) Bytes(c *gin.Context, n int64) string { return sayBytes(s.Catalog, s.Lang(c), n) }

func sayBytes(cat *render.Catalog, lang string, n int64) string {
	switch kb := float64(n) / 1024; {
	case kb < 1000:
		return cat.T(lang, "%s KB", cat.Number(lang, int64(math.Ceil(kb))))
	case kb < 100*1024:
		return cat.T(lang, "%s MB", cat.Number(lang, math.Round(kb/102.4)/10))
	default:
		return cat.T(lang, "%s MB", cat.Number(lang, int64(kb/1024)))
	}
}

// onDay is "" for no moment: a nil or zero time.
func onDay(at any, say func(time.Time) string) string {
	switch t := at.(type) {
	case time.Time:
		if !t.IsZero() {
			return say(t)
		}
	case *time.Time:
		if t != nil && !t.IsZero() {
			return say(*t)
		}
	}
	return ""
}

// ago says how long a moment is past or off, in the largest unit that fits.
func (b *Book) ago(v *view, t time.Time) string {
	d := v.Now.Sub(t)
	if d < 0 {
		return b.until(v, t, -d)
	}
	switch {
	case d < time.Minute:
		return b.catalog.T(v.Lang, "just now")
	case d < time.Hour:
		return b.catalog.N(v.Lang, "%d minutes ago", int(d/time.Minute))
	case d < 24*time.Hour:
		return b.catalog.N(v.Lang, "%d hours ago", int(d/time.Hour))
	case d < 30*24*time.Hour:
		return b.catalog.N(v.Lang, "%d days ago", int(d/(24*time.Hour)))
	}
	return b.catalog.Date(v.Lang, t, v.Zone)
}

func (b *Book) until(v *view, t time.Time, d time.Duration) string {
	switch {
	case d < time.Minute:
		return b.catalog.T(v.Lang, "in a moment")
	case d < time.Hour:
		return b.catalog.N(v.Lang, "in %d minutes", int(d/time.Minute))
	case d < 24*time.Hour:
		return b.catalog.N(v.Lang, "in %d hours", int(d/time.Hour))
	case d < 30*24*time.Hour:
		return b.catalog.N(v.Lang, "in %d days", int(d/(24*time.Hour)))
	}
	return b.catalog.Date(v.Lang, t, v.Zone)
}

// span says how long something takes, in the largest unit that fits.
func (b *Book) span(lang string, d time.Duration) string {
	switch {
	case d < time.Minute:
		return b.catalog.N(lang, "%d seconds", int(d/time.Second)+1)
	case d < time.Hour:
		return b.catalog.N(lang, "%d minutes", int(d/time.Minute))
	}
	return b.catalog.N(lang, "%d hours", int(d/time.Hour))
}

// percent is a share with one decimal; a dash of nothing.
func percent(b *Book, lang string, part, whole any) string {
	p, w := float(part), float(whole)
	if w == 0 {
		return "–"
	}
	share := b.catalog.Number(lang, math.Round(p/w*1000)/10)
	if lang == "en" {
		return share + "%"
	}
	return share + "\u00a0%"
}

func float(v any) float64 {
	switch n := v.(type) {
	case int:
		return float64(n)
	case int64:
		return float64(n)
	case float64:
		return n
	}
	return 0
}

// icon draws a Lucide icon of the sprite; its text stands beside it, so it is hidden from readers.
func icon(v *view, name string) template.HTML {
	return template.HTML(`<svg class="icon" aria-hidden="true" width="20" height="20"><use href="` +
		template.HTMLEscapeString(v.site.Static.URL("icons.svg")+"#"+name) + `"></use></svg>`)
}

// query is this page's address with some of its parameters changed; "" takes one away.
func query(u *url.URL, pairs []any) (string, error) {
	if len(pairs)%2 != 0 {
		return "", fmt.Errorf("query wants pairs")
	}
	q := u.Query()
	for i := 0; i < len(pairs); i += 2 {
		name, value := fmt.Sprint(pairs[i]), fmt.Sprint(pairs[i+1])
		if value == "" {
			q.Del(name)
		} else {
			q.Set(name, value)
		}
	}
	if len(q) == 0 {
		return u.Path, nil
	}
	return u.Path + "?" + q.Encode(), nil
}

// here reports whether the page is at prefix or below it.
func here(u *url.URL, prefix string) bool {
	if prefix == "/" {
		return u.Path == "/"
	}
	return u.Path == prefix || strings.HasPrefix(u.Path, prefix+"/")
}

// dict makes the one value a partial takes of several.
func dict(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, fmt.Errorf("dict wants pairs")
	}
	m := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		m[fmt.Sprint(pairs[i])] = pairs[i+1]
	}
	return m, nil
}

// sparkline draws figures as a small line; what they mean is said beside it.
func sparkline(figures []int64) template.HTML {
	if len(figures) < 2 {
		return ""
	}
	most := int64(1)
	for _, f := range figures {
		most = max(most, f)
	}
	var points strings.Builder
	for i, f := range figures {
		fmt.Fprintf(&points, "%.1f,%.1f ", float64(i)*96/float64(len(figures)-1)+2, 26-float64(f)*22/float64(most))
	}
	line := strings.TrimSpace(points.String())
	return template.HTML(`<svg class="sparkline" viewBox="0 0 100 28" preserveAspectRatio="none" aria-hidden="true"><polygon points="2,28 ` + line + ` 98,28"/><polyline points="` + line + `"/></svg>`)
}

// before is what stands in front of the first of the marks, all of it where there is none.
func before(text string, marks ...string) string {
	for _, m := range marks {
		text, _, _ = strings.Cut(text, m)
	}
	return text
}

// after is what stands behind the mark, "" where there is none.
func after(text, mark string) string {
	_, rest, _ := strings.Cut(text, mark)
	return rest
}

var momentIcons = map[string]string{"delivery": "mail", "open": "eye", "click": "mouse-pointer-click", "unsubscribe": "user-minus",
	"event": "activity", "response": "message-square", "consent": "check", "withdrawal": "user-minus", "bounce": "triangle-alert", "complaint": "circle-alert",
	"order": "shopping-bag", "order-state": "package", "asked": "mail", "suppressed": "circle-x", "code": "ticket", "redeemed": "gift",
	"created": "user-plus", "merged": "users", "change": "pencil"}

// momentIcon is the icon of a line of the time line.
func momentIcon(kind string) string {
	if icon := momentIcons[kind]; icon != "" {
		return icon
	}
	return "circle-help"
}

// LanguageName is what a language we speak calls itself.
func LanguageName(code string) string { return languageNames[code] }
