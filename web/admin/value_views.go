package admin

import (
	"cmp"
	"fmt"
	"math"
	"strconv"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/campaigns/value"
	"keepsake/internal/store"
)

func numeral(n int64) string { return strconv.FormatInt(n, 10) }

// rfmRow is the customers of one score of recency, by their frequency.
type rfmRow struct {
	Title string
	Score int
	Cells []rfmCell
}

type rfmCell struct {
	Customers int64
	To        string // who they are
	Share     string // of all customers
	Average   string // net of a customer
	Heat      int    // 0 to 5
	Few       bool   // too few to judge by their average
}

// rfmGrid has the newest at the top and those who bought once at the left.
func (a *Admin) rfmGrid(c *gin.Context, p *valuePage) error {
	cells, err := a.Store.RFM(c.Request.Context(), p.Currency)
	if err != nil {
		return err
	}
	by, most := map[[2]int]store.RFMCell{}, int64(1)
	for _, cell := range cells {
		by[[2]int{cell.Recency, cell.Frequency}] = cell
		most = max(most, cell.Customers)
	}
	p.RFMCols = a.frequencyTitles(c)
	for r := 5; r >= 1; r-- {
		row := rfmRow{Title: a.recencyTitle(c, r), Score: r}
		for f := 1; f <= 5; f++ {
			cell := by[[2]int{r, f}]
			one := rfmCell{Customers: cell.Customers, Heat: int((cell.Customers*5 + most - 1) / most)}
			if cell.Customers > 0 {
				one.To = peopleOf(p.Currency, scored("recency", r), scored("frequency", f))
				one.Few = cell.Customers < value.FewCustomers
				one.Share = a.share(a.Lang(c), cell.Customers, p.All.Customers)
				one.Average = a.Catalog.Money(a.Lang(c), audience.Mean(cell.NetCents, cell.Customers), p.Currency)
			}
			row.Cells = append(row.Cells, one)
		}
		p.Grid = append(p.Grid, row)
	}
	return nil
}

func (a *Admin) recencyTitle(c *gin.Context, score int) string {
	if score == 1 {
		return a.Catalog.N(a.Lang(c), "more than %d days ago", value.RecencyDays[3])
	}
	return a.Catalog.N(a.Lang(c), "up to %d days ago", value.RecencyDays[5-score])
}

// frequencyTitles say the numbers of orders, from score 1 to 5.
func (a *Admin) frequencyTitles(c *gin.Context) (out []string) {
	cuts := value.FrequencyOrders
	for score := 1; score <= 5; score++ {
		low, high := int64(1), cuts[3]-1
		if score > 1 {
			low = cuts[5-score]
		}
		if score > 1 && score < 5 {
			high = cuts[4-score] - 1
		}
		switch {
		case score == 5:
			out = append(out, a.T(c, "%d or more", low))
		case low == high:
			out = append(out, numeral(low))
		default:
			out = append(out, fmt.Sprintf("%d–%d", low, high))
		}
	}
	return out
}

// cohortMonths is how many months are shown, of first orders and after them.
const cohortMonths = 12

// cohortTable is who of the customers of a month came back in the months after it.
type cohortTable struct {
	Later []int
	Rows  []cohortRow
}

type cohortRow struct {
	Month  string
	People int64
	Few    bool
	Cells  []cohortCell
}

// cohortCell is empty for a month that has not begun.
type cohortCell struct {
	Share string
	N     int64
	Heat  int
	Now   bool // the month is not over
}

func (a *Admin) cohortTable(c *gin.Context, p *valuePage) error {
	now := a.shopMonth(c)
	cells, err := a.Store.Cohorts(c.Request.Context(), p.Currency, now-cohortMonths)
	if err != nil {
		return err
	}
	by := map[[2]int]int64{}
	for _, cell := range cells {
		by[[2]int{int(cell.Month), cell.Later}] = cell.Customers
	}
	for k := 1; k <= cohortMonths; k++ {
		p.Cohorts.Later = append(p.Cohorts.Later, k)
	}
	most := highest(cells)
	for m := now; m >= now-cohortMonths; m-- {
		people := by[[2]int{int(m), 0}]
		if people == 0 {
			continue
		}
		row := cohortRow{Month: a.monthName(c, m), People: people, Few: people < value.FewCustomers}
		for k := 1; k <= cohortMonths; k++ {
			row.Cells = append(row.Cells, a.cohortCell(c, by[[2]int{int(m), k}], people, int(now-m)-k, most))
		}
		p.Cohorts.Rows = append(p.Cohorts.Rows, row)
	}
	return nil
}

// cohortCell says a share of those who began; ago is how many months ago the month was.
func (a *Admin) cohortCell(c *gin.Context, n, of int64, ago int, most float64) cohortCell {
	if ago < 0 {
		return cohortCell{}
	}
	cell := cohortCell{N: n, Now: ago == 0, Share: a.share(a.Lang(c), n, of)}
	if n > 0 {
		cell.Heat = int(min(5, math.Ceil(5*float64(n)/float64(of)/most)))
	}
	return cell
}

// highest is the largest share who came back: the darkest there is. Months of few people tell no more than chance, so they
// count only where there is no other.
func highest(cells []value.Cell) float64 {
	people := map[value.Month]int64{}
	for _, cell := range cells {
		if cell.Later == 0 {
			people[cell.Month] = cell.Customers
		}
	}
	var few, many float64
	for _, cell := range cells {
		if n := people[cell.Month]; cell.Later > 0 && n >= value.FewCustomers {
			many = max(many, float64(cell.Customers)/float64(n))
		} else if cell.Later > 0 && n > 0 {
			few = max(few, float64(cell.Customers)/float64(n))
		}
	}
	return cmp.Or(many, few)
}

// rhythmRow is customers of a mood by how they keep their rhythm.
type rhythmRow struct {
	store.Rhythms
	Title string
	All   int64
	To    rhythmLinks
}

// rhythmLinks lead to the people of a row.
type rhythmLinks struct{ Keeping, AtRisk, Lost, Untold string }

var moodTitles = map[int]string{0: "All customers", int(campaigns.Happy): "Happy", int(campaigns.Neither): "Neither", int(campaigns.Unhappy): "Unhappy"}

// lateShown is how many customers at risk are shown.
const lateShown = 20

func (a *Admin) rhythms(c *gin.Context, p *valuePage, all value.Sums) error {
	ctx := c.Request.Context()
	total, err := a.Store.Rhythms(ctx, p.Currency, all.Customers)
	if err != nil {
		return err
	}
	moods, err := a.Store.Moods(ctx, p.Currency)
	if err != nil {
		return err
	}
	rows := append([]store.Rhythms{total}, moods...)
	for i := range rows {
		r := rows[i]
		if i > 0 { // the happy first
			r = rows[len(rows)-i]
		}
		p.Rhythms = append(p.Rhythms, rhythmRow{Rhythms: r, Title: a.T(c, moodTitles[r.Mood]), All: r.Keeping + r.AtRisk + r.Lost + r.Untold, To: linksOf(p.Currency, r.Mood)})
	}
	p.Late, err = a.Store.AtRisk(ctx, p.Currency, lateShown)
	return err
}
