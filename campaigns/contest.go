package campaigns

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"keepsake/campaigns/fault"
)

var (
	_ Responder = (*Contest)(nil)
	_ Publisher = (*Contest)(nil)
	_ Reporter  = (*Contest)(nil)
	_ Keeper    = (*Contest)(nil)
)

// Contest is a game with a prize, whose draw anyone can recompute.
type Contest struct {
	Prize     string    `json:"prize" label:"The prize" sample:"a basket of our best"`
	Question  string    `json:"question" label:"A question to answer" help:"Leave empty for entry by one click."`
	Starts    time.Time `json:"starts" label:"Entries open"`
	Ends      time.Time `json:"ends" label:"Entries close"`
	Winners   int       `json:"winners" label:"How many win"`
	Extra     int       `json:"extra" label:"Extra tickets for friends, at most" help:"Everybody gets a link of their own to pass on. For each friend who signs up and enters by it there is one more ticket in the draw, up to this number. 0 is no such link."`
	Organiser string    `json:"organiser" label:"Organiser, with address and contact" input:"textarea"`
	Eligible  string    `json:"eligible" label:"Who may enter" help:"Age, country, customers only…"`
	Rules     string    `json:"rules" label:"Further rules" input:"textarea"`
}

// Validate checks what the rules page must say (STANDARDS 11) and the order of the dates.
func (c *Contest) Validate() error {
	return fault.Join(
		need("prize", c.Prize, "Say what can be won."),
		need("organiser", c.Organiser, "Say who organises the contest and how to reach them."),
		need("eligible", c.Eligible, "Say who may enter."),
		c.dates(), c.count())
}

func need(field, value, sentence string) error {
	if strings.TrimSpace(value) == "" {
		return fault.Field(field, sentence)
	}
	return nil
}

func (c *Contest) dates() error {
	if c.Starts.IsZero() || !c.Ends.After(c.Starts) {
		return fault.Field("ends", "Entries close after they open: give both dates.")
	}
	return nil
}

func (c *Contest) count() error {
	if c.Winners < 1 || c.Winners > 1000 {
		return fault.Field("winners", "Between 1 and %d winners.", 1000)
	}
	if c.Extra < 0 || c.Extra > mostTickets {
		return fault.Field("extra", "Between 0 and %d tickets.", mostTickets)
	}
	return nil
}

// Starter invites once; the winner's letter waits for the draw.
func (c *Contest) Starter() Starter {
	c.Winners, c.Extra = 1, 5
	return Starter{Messages: []Message{{Name: "invitation"}, {Name: "winner", On: "won"}}}
}

type contestData struct {
	Prize, Question, Organiser, Eligible, Rules string
	Starts, Ends                                time.Time
	Winners, Extra                              int
	Entered, Won                                bool
	Answer                                      string
	Open, NotYet, Closed                        bool
	EntryID, Commitment                         string
	Entries                                     int
	Record                                      *DrawRecord
	ShareURL                                    string // the recipient's own; "" where there is none
	Referrals, ReferralGoal                     *int   // friends who entered, and how many count; nil without a link
	Tickets                                     int    // in the draw, with those for friends
}

func (c *Contest) data(at time.Time) contestData {
	return contestData{Prize: c.Prize, Question: c.Question, Organiser: c.Organiser, Eligible: c.Eligible, Rules: c.Rules,
		Starts: c.Starts, Ends: c.Ends, Winners: c.Winners, Extra: c.Extra,
		NotYet: at.Before(c.Starts), Open: !at.Before(c.Starts) && at.Before(c.Ends), Closed: !at.Before(c.Ends)}
}

// Data is the contest and this person's part in it.
func (c *Contest) Data(ctx context.Context, d Desk, to Recipient) (any, error) {
	data := c.mine(to)
	entries, err := d.Tally(ctx, "entry")
	if err != nil {
		return nil, err
	}
	for _, n := range entries {
		data.Entries += n
	}
	if err := c.sharing(ctx, d, to, &data); err != nil {
		return nil, err
	}
	if to.Message == "invitation" && !c.Ends.IsZero() && !to.At.Before(c.Ends) {
		return data, Skip("the contest has closed")
	}
	return data, nil
}

func (c *Contest) mine(to Recipient) contestData {
	d := c.data(to.At)
	d.Answer, d.Entered = to.Responses["entry"], to.Responses["entry"] != ""
	d.Won = to.Responses["won"] != ""
	return d
}

// Visit shows the entry form, or the entry; following the link enters nobody.
func (c *Contest) Visit(ctx context.Context, d Desk, to Recipient, _ url.Values) (Page, error) {
	data, err := c.withEntry(ctx, d, to)
	return Page{Name: "enter", Data: data}, err
}

func (c *Contest) withEntry(ctx context.Context, d Desk, to Recipient) (contestData, error) {
	data := c.mine(to)
	err := c.sharing(ctx, d, to, &data)
	if err != nil {
		return data, err
	}
	if data.Commitment, err = d.Record(ctx, "commitment", ""); err != nil || !data.Entered {
		return data, err
	}
	data.EntryID, err = c.entryID(ctx, d, to)
	return data, err
}

func (c *Contest) entryID(ctx context.Context, d Desk, to Recipient) (string, error) {
	salt, err := d.Secret(ctx, "salt")
	return EntryID(salt, to.EnrolmentID), err
}

// Respond enters the person, once: a second entry changes the answer only.
func (c *Contest) Respond(ctx context.Context, d Desk, to Recipient, form url.Values) (Reply, error) {
	data, err := c.withEntry(ctx, d, to)
	switch {
	case err != nil:
		return Reply{}, err
	case data.NotYet:
		return Reply{}, fault.New(fault.Conflict, "Entries have not opened yet.")
	case data.Closed:
		return Reply{}, fault.New(fault.Conflict, "Entries have closed.")
	}
	answer := tidy(form.Get("answer"), 2000)
	if c.Question != "" && answer == "" {
		return Reply{}, fault.Field("answer", "Write your answer first.")
	}
	if answer == "" {
		answer = "yes"
	}
	data.Entered, data.Answer = true, answer
	if data.EntryID, err = c.entryID(ctx, d, to); err != nil {
		return Reply{}, err
	}
	record := map[string]string{"entry": answer}
	err = c.credit(ctx, d, to, record)
	return Reply{Page: Page{Name: "entered", Data: data}, Record: record}, err
}

// Public is the rules page, and under "record.json" the proof.
func (c *Contest) Public(ctx context.Context, d Desk, name string, at time.Time) (Page, error) {
	data := c.data(at)
	var err error
	if data.Commitment, err = d.Record(ctx, "commitment", ""); err != nil {
		return Page{}, err
	}
	if data.Record, err = c.record(ctx, d); err != nil {
		return Page{}, err
	}
	switch name {
	case "":
		return Page{Name: "rules", Data: data}, nil
	case "record.json":
		if data.Record == nil {
			return Page{}, fault.New(fault.NotFound, "The draw is published when entries have closed.")
		}
		return Page{JSON: data.Record}, nil
	}
	return Page{}, fault.New(fault.NotFound, "There is no such page.")
}

func (c *Contest) record(ctx context.Context, d Desk) (*DrawRecord, error) {
	kept, err := d.Record(ctx, "draw", "")
	if err != nil || kept == "" {
		return nil, err
	}
	var r DrawRecord
	if err := json.Unmarshal([]byte(kept), &r); err != nil {
		return nil, fmt.Errorf("draw record: %w", err)
	}
	return &r, nil
}

// Keep publishes the commitment at the start; at the end it freezes the entries, draws and
// tells the winners. Each step keeps its first result, so a second Keep repeats nothing.
func (c *Contest) Keep(ctx context.Context, d Desk, now time.Time) (time.Time, error) {
	seed, err := d.Secret(ctx, "seed")
	if err != nil {
		return time.Time{}, err
	}
	if _, err := d.Record(ctx, "commitment", Commitment(seed)); err != nil {
		return time.Time{}, err
	}
	if now.Before(c.Ends) {
		return c.Ends, nil
	}
	return time.Time{}, c.close(ctx, d, seed)
}

func (c *Contest) close(ctx context.Context, d Desk, seed []byte) error {
	salt, err := d.Secret(ctx, "salt")
	if err != nil {
		return err
	}
	entries, err := d.Entries(ctx, "entry")
	if err != nil {
		return err
	}
	friends, err := d.Tally(ctx, friendOf)
	if err != nil {
		return err
	}
	byID := make(map[string]int64, len(entries))
	ids := make([]string, 0, len(entries))
	for _, e := range entries {
		id := EntryID(salt, e.EnrolmentID) // Respond took none that came after the end
		byID[id] = e.EnrolmentID
		ids = append(ids, c.tickets(id, friends[strconv.FormatInt(e.EnrolmentID, 10)])...)
	}
	drawn, err := c.publish(ctx, d, Draw(ids, seed, c.Winners))
	if err != nil {
		return err
	}
	for place, id := range drawn.Drawn {
		if err := d.Award(ctx, byID[id], "won", strconv.Itoa(place+1)); err != nil {
			return err
		}
	}
	return nil
}

// publish freezes the list's hash first and the whole record after it.
func (c *Contest) publish(ctx context.Context, d Desk, r DrawRecord) (DrawRecord, error) {
	b, err := json.Marshal(r)
	if err != nil {
		return r, err
	}
	if _, err := d.Record(ctx, "list", r.ListHash); err != nil {
		return r, err
	}
	kept, err := d.Record(ctx, "draw", string(b))
	if err != nil {
		return r, err
	}
	return r, json.Unmarshal([]byte(kept), &r)
}

// Figures are the entries and, after the draw, the winners.
func (c *Contest) Figures(ctx context.Context, d Desk) ([]Figure, error) {
	entries, err := d.Entries(ctx, "entry")
	if err != nil {
		return nil, err
	}
	r, err := c.record(ctx, d)
	figures := []Figure{{Label: "Entries", Value: float64(len(entries))}}
	if err != nil {
		return nil, err
	}
	shared, err := c.shared(ctx, d)
	figures = append(figures, shared...)
	if r != nil {
		figures = append(figures, Figure{Label: "Winners", Value: float64(len(r.Drawn))})
	}
	return figures, err
}
