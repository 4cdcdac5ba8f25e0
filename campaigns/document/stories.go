package document

import "strings"

// Event invites to something at a place or behind a link.
type Event struct {
	Base
	Title  string `json:"title,omitempty"`
	Starts string `json:"starts,omitempty"` // MomentForm, by the clock of Zone
	Ends   string `json:"ends,omitempty"`
	Zone   string `json:"zone,omitempty"` // IANA: Europe/Sofia; "" is UTC
	Place  string `json:"place,omitempty"`
	Link   string `json:"link,omitempty"`
	Host   string `json:"host,omitempty"`
	CTA    string `json:"cta,omitempty"` // goes to Link
	RSVP   bool   `json:"rsvp,omitempty"`
}

// Quote is what somebody said.
type Quote struct {
	Base
	Rich   Node   `json:"rich"`
	Author string `json:"author,omitempty"`
	Role   string `json:"role,omitempty"`
	Image  string `json:"image,omitempty"` // of the author
}

// Expert is a question answered by somebody who knows.
type Expert struct {
	Base
	Question   string `json:"question,omitempty"`
	Rich       Node   `json:"rich"`
	Author     string `json:"author,omitempty"`
	Role       string `json:"role,omitempty"`
	Image      string `json:"image,omitempty"`
	Disclosure string `json:"disclosure,omitempty"` // who pays the expert
}

// Video is a picture that leads to a film.
type Video struct {
	Base
	Thumb  string `json:"thumb,omitempty"`
	Alt    string `json:"alt,omitempty"`
	Href   string `json:"href,omitempty"`
	Length string `json:"length,omitempty"` // 3:24
}

// Season is one card for one time of the year.
type Season struct {
	Base
	Kicker string `json:"kicker,omitempty"`
	Title  string `json:"title,omitempty"`
	Rich   Node   `json:"rich"`
	Asset  string `json:"asset,omitempty"`
	Alt    string `json:"alt,omitempty"`
	EndsAt string `json:"endsAt,omitempty"` // DayForm or MomentForm
	CTA    string `json:"cta,omitempty"`
	Href   string `json:"href,omitempty"`
	Code   string `json:"code,omitempty"`
}

// Networks are where a shop can be met, in the order they are offered.
var Networks = []string{"website", "email", "facebook", "instagram", "youtube", "tiktok", "x", "linkedin", "telegram", "viber", "whatsapp", "pinterest"}

// Social links to the shop elsewhere.
type Social struct {
	Base
	Items []SocialLink `json:"items"`
}

// SocialLink is one of Networks and the shop's address there.
type SocialLink struct {
	Network string `json:"network"`
	Href    string `json:"href,omitempty"`
}

// Address is where the link goes; a bare mail address becomes mailto:.
func (l SocialLink) Address() string {
	if l.Network == "email" && strings.Contains(l.Href, "@") && !strings.Contains(l.Href, ":") {
		return "mailto:" + strings.TrimSpace(l.Href)
	}
	return l.Href
}

// Menu is a row of links.
type Menu struct {
	Base
	Items []MenuLink `json:"items"`
}

// MenuLink is one link of a menu.
type MenuLink struct {
	Label string `json:"label"`
	Href  string `json:"href,omitempty"`
}

// HTML is the marketer's own code. The renderer takes out what could act.
type HTML struct {
	Base
	Code string `json:"code,omitempty"`
}
