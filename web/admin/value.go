package admin

import (
	"math/big"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns/value"
	"keepsake/internal/store"
)

// The views of the page, by ?view=; "" is the lifetime value.
var valueViews = []struct{ name, title string }{{"", "Lifetime value"}, {"rfm", "Recency and frequency"}, {"cohorts", "Cohorts"}, {"rhythm", "Rhythm"}, {"costs", "Margins and costs"}}

// The groups of the lifetime value, by ?by=.
var valueDims = []struct{ name, title string }{{store.ByMonth, "Month of the first order"}, {store.ByChannel, "Channel"}, {store.ByList, "List"}, {store.ByCountry, "Country"}, {store.ByProduct, "First product"}, {store.BySegment, "Segment"}}

// valueGroups is how many groups are shown of a dimension.
const valueGroups = 24

// valuePage is what customers of one currency are worth.
type valuePage struct {
	View, By, Currency string
	Views, Dims        []valueTab
	Currencies         []store.ValueGroup
	Work               store.ValueWork
	All                valueLine
	Since              string // the month of the first order of all
	Margins            store.Margins
	Lines              []valueLine
	Rest               *valueLine // of the groups that are not shown; nil when all are
	Grid               []rfmRow
	RFMCols            []string
	Cohorts            cohortTable
	Rhythms            []rhythmRow
	Late               []store.LateCustomer
	Costs              []costLine
	Channels           []string
	Goods              []string // what margins can be of
	Money              moneyForm
	Own                []marginLine
	Few                int
}

// valueTab is one of several views.
type valueTab struct {
	Text, To string
	Here     bool
}

// valueLine is one group with its four parts, in the reader's words.
type valueLine struct {
	Name, To             string
	Customers, Orders    int64
	Net, S, C, P, T, LTV string
	Cost                 string // what a customer is worth at a margin of 100 %
	Repeat, Gap          string
	Few                  bool
	Share                float64 // of the highest LTV, 0 to 100
	ltv                  *big.Rat
}

// Value shows what customers are worth.
func (a *Admin) Value(c *gin.Context) error {
	p, err := a.valuePage(c)
	if err != nil {
		return err
	}
	return a.Page(c, "admin/value", p)
}

func (a *Admin) valuePage(c *gin.Context) (p valuePage, err error) {
	ctx := c.Request.Context()
	p = valuePage{View: c.Query("view"), By: c.Query("by"), Currency: c.Query("currency"), Few: value.FewCustomers}
	if p.Currencies, err = a.Store.ValueCurrencies(ctx); err != nil {
		return p, err
	}
	if p.Work, err = a.Store.ValueWork(ctx); err != nil {
		return p, err
	}
	if p.Margins, err = a.Store.Margins(ctx); err != nil {
		return p, err
	}
	if len(p.Currencies) == 0 {
		return p, nil
	}
	at := max(0, slices.IndexFunc(p.Currencies, func(g store.ValueGroup) bool { return g.Name == p.Currency }))
	p.Currency = p.Currencies[at].Name
	p.All = a.valueLine(c, p, p.Currencies[at])
	a.valueTabs(c, &p)
	return p, a.valueView(c, &p, p.Currencies[at].Sums)
}

func (a *Admin) valueTabs(c *gin.Context, p *valuePage) {
	known := slices.ContainsFunc(valueViews, func(v struct{ name, title string }) bool { return v.name == p.View })
	if !known {
		p.View = ""
	}
	to := func(pairs ...string) string {
		q := c.Request.URL.Query()
		for i := 0; i < len(pairs); i += 2 {
			if q.Set(pairs[i], pairs[i+1]); pairs[i+1] == "" {
				q.Del(pairs[i])
			}
		}
		if len(q) == 0 {
			return "/value"
		}
		return "/value?" + q.Encode()
	}
	for _, v := range valueViews {
		p.Views = append(p.Views, valueTab{Text: a.T(c, v.title), To: to("view", v.name, "by", ""), Here: v.name == p.View})
	}
	if !slices.ContainsFunc(valueDims, func(d struct{ name, title string }) bool { return d.name == p.By }) {
		p.By = store.ByMonth
	}
	for _, d := range valueDims {
		p.Dims = append(p.Dims, valueTab{Text: a.T(c, d.title), To: to("by", d.name), Here: d.name == p.By})
	}
}

// valueView fills in what the chosen view shows.
func (a *Admin) valueView(c *gin.Context, p *valuePage, all value.Sums) (err error) {
	switch p.View {
	case "rfm":
		return a.rfmGrid(c, p)
	case "cohorts":
		return a.cohortTable(c, p)
	case "rhythm":
		return a.rhythms(c, p, all)
	case "costs":
		return a.costLines(c, p)
	}
	return a.valueLines(c, p, all)
}

func (a *Admin) valueLines(c *gin.Context, p *valuePage, all value.Sums) error {
	valueBy := a.Store.ValueBy
	if p.By == store.BySegment {
		valueBy = a.Store.ValueBySegments
	}
	groups, err := valueBy(c.Request.Context(), p.Currency, p.By, valueGroups)
	if err != nil {
		return err
	}
	names, at, err := a.numbered(c, p.By)
	if err != nil {
		return err
	}
	most, rest := new(big.Rat), all
	for _, g := range groups {
		rest = rest.Plus(g.Sums, -1)
		line := a.valueLine(c, *p, g)
		if names != nil {
			if line.Name = names[number(g.Name)]; line.Name == "" {
				continue // it was deleted
			}
			line.To = at + g.Name
		} else if month, ok := value.ParseMonth(g.Name); p.By == store.ByMonth && ok {
			line.Name = a.monthName(c, month)
		}
		if p.Lines = append(p.Lines, line); line.ltv != nil && line.ltv.Cmp(most) > 0 {
			most = line.ltv
		}
	}
	for i, l := range p.Lines {
		if l.ltv != nil && most.Sign() > 0 {
			p.Lines[i].Share, _ = new(big.Rat).Mul(new(big.Rat).Quo(l.ltv, most), big.NewRat(100, 1)).Float64()
		}
	}
	if names == nil && rest.Customers > 0 { // each customer is in one group alone
		line := a.valueLine(c, *p, store.ValueGroup{Sums: rest})
		p.Rest = &line
	}
	p.Since, err = a.firstMonth(c, p.Currency)
	return err
}

// numbered is what lists or segments are called, and where they are; nil of groups that have names of their own.
func (a *Admin) numbered(c *gin.Context, dim string) (names map[int64]string, at string, err error) {
	switch dim {
	case store.ByList:
		names, err = a.listNames(c)
		return names, "/lists/", err
	case store.BySegment:
		all, err := a.Store.Segments(c.Request.Context())
		names = map[int64]string{}
		for _, one := range all {
			names[one.ID] = one.Name
		}
		return names, "/segments/", err
	}
	return nil, "", nil
}

func (a *Admin) firstMonth(c *gin.Context, currency string) (string, error) {
	first, err := a.Store.FirstMonth(c.Request.Context(), currency)
	if first == 0 {
		return "", err
	}
	return a.monthName(c, first), err
}

// valueLine says a group's figures in the reader's language. Only here is anything rounded.
func (a *Admin) valueLine(c *gin.Context, p valuePage, g store.ValueGroup) valueLine {
	lang := a.Lang(c)
	money := func(r *big.Rat) string { return a.Catalog.Money(lang, value.Round(r), p.Currency) }
	l := valueLine{Name: g.Name, Customers: g.Customers, Orders: g.Orders, Few: g.Few(), Net: a.Catalog.Money(lang, g.NetCents, p.Currency),
		Repeat: a.share(lang, g.Repeaters, g.Customers)}
	if parts, ok := g.Parts(p.Margins.Default); ok {
		l.S, l.LTV, l.ltv = money(parts.S), money(parts.LTV), parts.LTV
		l.C, l.T = a.decimal(lang, parts.C, 100), a.decimal(lang, parts.T, 10)
		l.P = a.percent(lang, parts.P)
	}
	if seconds, ok := g.GapSeconds(); ok {
		l.Gap = a.Catalog.N(lang, "%d days", int(value.Round(big.NewRat(seconds, 86400))))
	}
	return l
}

// decimal is a fraction rounded to a part of one: 100 is two decimals.
func (a *Admin) decimal(lang string, r *big.Rat, part int64) string {
	n := value.Round(new(big.Rat).Mul(r, big.NewRat(part, 1)))
	return a.Catalog.Number(lang, float64(n)/float64(part))
}

func (a *Admin) percent(lang string, r *big.Rat) string {
	s := a.decimal(lang, new(big.Rat).Mul(r, big.NewRat(100, 1)), 10)
	if lang == "en" {
		return s + "%"
	}
	return s + "\u00a0%"
}

// share is a part of a whole in per cent; a dash of nothing.
func (a *Admin) share(lang string, part, whole int64) string {
	if whole == 0 {
		return "–"
	}
	return a.percent(lang, big.NewRat(part, whole))
}

// monthName is a month in the reader's language.
func (a *Admin) monthName(c *gin.Context, m value.Month) string {
	return a.Catalog.Month(a.Lang(c), m.Start())
}

// shopMonth is the month that is not over yet, on the shop's calendar.
func (a *Admin) shopMonth(c *gin.Context) value.Month { return value.MonthOf(a.Now(), a.shopZone(c)) }

func (a *Admin) shopZone(c *gin.Context) *time.Location { return a.Shop(c).Location() }
