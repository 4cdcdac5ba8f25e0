package admin

import (
	"cmp"
	"errors"
	"math/big"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/campaigns/value"
	"keepsake/internal/exchange"
	"keepsake/internal/store"
)

// costLine is what a channel's customers cost and when they have paid for it.
type costLine struct {
	Channel            string
	Unsold             bool // no customer came by it
	Spent, Each, Worth string
	Customers          int64
	Few                bool
	Paid               value.Paid
	Known              bool // somebody came in the months it was spent in
	Rows               []costRow
}

// costRow is one entered cost.
type costRow struct{ Month, Title, Amount, Decimal string }

// marginLine is one entered margin.
type marginLine struct {
	Kind, Name, Share, Decimal string
	Unsold                     bool // nobody has bought it
}

func (a *Admin) marginLines(c *gin.Context, m store.Margins) (out []marginLine, err error) {
	rows := m.Rows
	if m.Given {
		rows = append([]store.Margin{{Kind: store.OfDefault, ShareBP: m.Default}}, rows...)
	}
	for i, r := range rows {
		share := big.NewRat(int64(r.ShareBP), value.Whole)
		known := i >= mostGoods
		if !known {
			if known, err = a.Store.Sold(c.Request.Context(), r.Kind, r.Name); err != nil {
				return nil, err
			}
		}
		out = append(out, marginLine{r.Kind, r.Name, a.percent(a.Lang(c), share), new(big.Rat).Mul(share, big.NewRat(100, 1)).FloatString(2), !known})
	}
	return out, nil
}

// moneyForm is what was typed, to be typed again where it is wrong.
type moneyForm struct {
	Kind, Name, Share, Channel, Month, Cost string

	Wrong []string // with a file
	More  bool     // there may be more
}

func (a *Admin) costLines(c *gin.Context, p *valuePage) error {
	ctx := c.Request.Context()
	channels, err := a.Store.ValueBy(ctx, p.Currency, store.ByChannel, 200)
	if err != nil {
		return err
	}
	worth := map[string]valueLine{}
	for _, g := range channels {
		worth[g.Name] = a.valueLine(c, *p, g)
		p.Channels = append(p.Channels, g.Name)
	}
	if p.Own, err = a.marginLines(c, p.Margins); err != nil {
		return err
	}
	if p.Goods, err = a.goods(c); err != nil {
		return err
	}
	costs, err := a.Store.Costs(ctx, p.Currency)
	if err != nil {
		return err
	}
	by := map[string][]store.Cost{}
	for _, one := range costs {
		by[one.Channel] = append(by[one.Channel], one)
	}
	for channel, all := range by {
		line, err := a.costLine(c, p, channel, all)
		if err != nil {
			return err
		}
		line.Worth = worth[channel].LTV
		line.Unsold = worth[channel].Customers == 0
		p.Costs = append(p.Costs, line)
	}
	slices.SortFunc(p.Costs, func(x, y costLine) int { return cmp.Compare(x.Channel, y.Channel) })
	if p.Money.Month == "" {
		p.Money.Month = a.shopMonth(c).String()
	}
	return nil
}

// mostGoods is how many categories are offered, and how many products.
const mostGoods = 200

// goods are the categories and products that margins can be of.
func (a *Admin) goods(c *gin.Context) (all []string, err error) {
	for _, field := range []string{"category", "sku"} {
		some, _, err := a.Store.Suggest(c.Request.Context(), "ordered", field, "", mostGoods)
		if err != nil {
			return nil, err
		}
		for _, one := range some {
			all = append(all, one.Value)
		}
	}
	return all, nil
}

func (a *Admin) costLine(c *gin.Context, p *valuePage, channel string, all []store.Cost) (l costLine, err error) {
	lang, spent, by := a.Lang(c), int64(0), map[value.Month]int64{}
	l.Channel = channel
	for _, one := range all {
		spent += one.Cents
		by[one.Month] = one.Cents
		l.Rows = append(l.Rows, costRow{one.Month.String(), a.monthName(c, one.Month), a.Catalog.Money(lang, one.Cents, p.Currency), audience.FormatMoney(one.Cents, p.Currency)})
	}
	l.Spent = a.Catalog.Money(lang, spent, p.Currency)
	cells, err := a.Store.ChannelCohorts(c.Request.Context(), p.Currency, channel)
	if err != nil {
		return l, err
	}
	if l.Paid, l.Known = value.Payback(by, cells, p.Margins.Default, a.shopMonth(c)); l.Known {
		l.Each, l.Customers = a.Catalog.Money(lang, value.Round(l.Paid.CostCents), p.Currency), l.Paid.Customers
		l.Few = l.Customers < value.FewCustomers
	}
	return l, nil
}

// againValue shows the form again with what is wrong.
func (a *Admin) againValue(c *gin.Context, f moneyForm, wrong error) error {
	q := url.Values{"view": {"costs"}, "currency": {c.Request.FormValue("currency")}}
	c.Request.URL.RawQuery = q.Encode()
	p, err := a.valuePage(c)
	if err != nil {
		return err
	}
	if f.Month == "" {
		f.Month = p.Money.Month
	}
	p.Money = f
	return a.Again(c, "admin/value", p, wrong)
}

func (a *Admin) toCosts(c *gin.Context) error {
	return a.Redirect(c, "/value?view=costs&currency=%s", url.QueryEscape(c.Request.FormValue("currency")))
}

// SaveMargin keeps a margin; the undo of forgetting one brings it back by the same address.
func (a *Admin) SaveMargin(c *gin.Context) error {
	ctx, form := c.Request.Context(), c.Request.FormValue
	f := moneyForm{Kind: form("kind"), Name: form("name"), Share: form("share")}
	share, err := basisPoints(f.Share)
	if err != nil {
		return a.againValue(c, f, err)
	}
	if err := a.Store.SaveMargin(ctx, store.Margin{Kind: f.Kind, Name: f.Name, ShareBP: share}); err != nil {
		return a.againValue(c, f, err)
	}
	if err := a.audit(c, "value.margin", "%s:%s", f.Kind, f.Name); err != nil {
		return err
	}
	said := a.T(c, "Saved.")
	if known, err := a.Store.Sold(ctx, f.Kind, audience.CleanName(f.Name)); err != nil {
		return err
	} else if !known {
		said = a.T(c, "Saved. No order has “%s” yet.", f.Name)
	}
	a.Toast(c, said, "")
	return a.toCosts(c)
}

// DeleteMargin forgets a margin.
func (a *Admin) DeleteMargin(c *gin.Context) error {
	q := url.Values{}
	for _, name := range []string{"kind", "name", "share", "currency"} {
		q.Set(name, c.Request.FormValue(name))
	}
	if err := a.Store.DeleteMargin(c.Request.Context(), q.Get("kind"), q.Get("name")); err != nil {
		return err
	}
	if err := a.audit(c, "value.margin", "%s:%s", q.Get("kind"), q.Get("name")); err != nil {
		return err
	}
	a.Toast(c, a.T(c, "The margin is forgotten."), "/value/margins?"+q.Encode())
	return a.toCosts(c)
}

// SaveCost keeps what was spent on a channel in a month; nothing takes it away.
func (a *Admin) SaveCost(c *gin.Context) error {
	form := c.Request.FormValue
	f := moneyForm{Channel: audience.CleanName(form("channel")), Month: form("month"), Cost: strings.TrimSpace(form("cost"))}
	cost := store.Cost{Currency: strings.ToUpper(form("currency")), Channel: f.Channel}
	month, ok := value.ParseMonth(f.Month)
	if cost.Month = month; !ok || month > a.shopMonth(c) {
		return a.againValue(c, f, fault.Field("month", "Name a month up to this one, like %s.", a.shopMonth(c).String()))
	}
	var err error
	if cost.Cents, err = audience.ReadMoney(f.Cost, cost.Currency); err != nil {
		return a.againValue(c, f, fault.Field("cost", "“%s” is no amount in %s: write digits and a point, like 19.99.", f.Cost, cost.Currency))
	}
	if err := a.Store.SaveCosts(c.Request.Context(), []store.Cost{cost}); err != nil {
		return a.againValue(c, f, err)
	}
	a.Toast(c, a.T(c, "Saved."), "")
	return a.toCosts(c)
}

// MostCostFile is how large a file of costs may be, in octets.
const MostCostFile = 4 << 20

// ImportCosts takes costs from a file: all of its rows, or none when one is wrong.
func (a *Admin) ImportCosts(c *gin.Context) error {
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, MostCostFile+1<<20)
	costs, err := a.readCosts(c)
	if err != nil {
		return a.againValue(c, a.wrongFile(c, err), err)
	}
	if err := a.Store.SaveCosts(c.Request.Context(), costs); err != nil {
		return a.againValue(c, moneyForm{}, err)
	}
	if err := a.audit(c, "value.costs", "%d", len(costs)); err != nil {
		return err
	}
	a.Toast(c, a.words(c).N("%d costs are taken in.", int64(len(costs))), "")
	return a.toCosts(c)
}

// wrongFile says what is wrong with a file of costs.
func (a *Admin) wrongFile(c *gin.Context, err error) (f moneyForm) {
	if wrong, ok := errors.AsType[*fault.Error](err); ok {
		for _, one := range wrong.Fields {
			f.Wrong = append(f.Wrong, a.Catalog.Fault(a.Lang(c), one))
		}
		f.More = len(wrong.Fields) == exchange.MostCostFaults
	}
	return f
}

func (a *Admin) readCosts(c *gin.Context) ([]store.Cost, error) {
	file, header, err := c.Request.FormFile("file")
	switch {
	case errors.Is(err, http.ErrMissingFile):
		return nil, fault.Field("file", "Choose a file.")
	case err != nil:
		return nil, fault.Field("file", "The file did not arrive whole. Choose it again.")
	}
	defer file.Close()
	if header.Size > MostCostFile {
		return nil, fault.Field("file", "A file of costs has %d MB at most.", MostCostFile>>20)
	}
	rows, err := exchange.Costs(file, c.Request.FormValue("currency"), a.shopMonth(c))
	costs := make([]store.Cost, len(rows))
	for i, r := range rows {
		costs[i] = store.Cost(r)
	}
	return costs, err
}

// basisPoints reads a percentage with up to two decimals.
func basisPoints(s string) (int, error) {
	r, ok := new(big.Rat).SetString(strings.Replace(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(s), "%")), ",", ".", 1))
	if !ok || len(s) > 20 || strings.ContainsAny(s, "eE/") || r.Sign() < 0 || r.Cmp(big.NewRat(100, 1)) > 0 {
		return 0, fault.Field("share", "Write a margin between 0 and 100 per cent, like 42.5.")
	}
	if r.Mul(r, big.NewRat(100, 1)); !r.IsInt() {
		return 0, fault.Field("share", "A margin has two decimals at most.")
	}
	return int(r.Num().Int64()), nil
}
