package document

// Rating asks one question whose answers are links.
type Rating struct {
	Base
	Question  string `json:"question,omitempty"` // "" is the kind's
	Scale     string `json:"scale,omitempty"`    // stars (default), nps, thumbs or emoji
	Low       string `json:"low,omitempty"`      // what the ends mean
	High      string `json:"high,omitempty"`
	FollowUp  string `json:"followUp,omitempty"`  // asked on the page behind the link
	RouteHigh string `json:"routeHigh,omitempty"` // where a good answer is sent on to
	RouteLow  string `json:"routeLow,omitempty"`
}

// Poll asks one question; each option is a link.
type Poll struct {
	Base
	Question    string   `json:"question,omitempty"`
	Options     []string `json:"options"`
	ShowResults bool     `json:"showResults,omitempty"` // on the page behind the link
}

// Coupon shows the recipient's own code, or one for everybody.
type Coupon struct {
	Base
	Source string `json:"source,omitempty"` // campaign (default): data.code; or shared
	Code   string `json:"code,omitempty"`   // with shared
	Title  string `json:"title,omitempty"`
	Terms  string `json:"terms,omitempty"`
	CTA    string `json:"cta,omitempty"`
	Href   string `json:"href,omitempty"` // with shared
	QR     bool   `json:"qr,omitempty"`
}

// Contest shows the prize, the end and the way in.
type Contest struct {
	Base
	Title       string `json:"title,omitempty"`
	Prize       string `json:"prize,omitempty"` // "" is the kind's
	CTA         string `json:"cta,omitempty"`
	RulesLabel  string `json:"rulesLabel,omitempty"`
	EndsAt      string `json:"endsAt,omitempty"`    // DayForm or MomentForm; "" is the kind's
	RulesHref   string `json:"rulesHref,omitempty"` // "" is the campaign's own page
	ShowEntries bool   `json:"showEntries,omitempty"`
	Referral    bool   `json:"referral,omitempty"` // shows the recipient's own link to share
}

// ShareTargets are where a referral can be passed on, in the order they are offered.
var ShareTargets = []string{"email", "whatsapp", "viber", "telegram", "facebook"}

// Referral gives the recipient a link to pass on.
type Referral struct {
	Base
	Text         string   `json:"text,omitempty"`
	Reward       string   `json:"reward,omitempty"`
	Href         string   `json:"href,omitempty"` // when the kind gives no data.share_url
	CTA          string   `json:"cta,omitempty"`
	ShareTargets []string `json:"shareTargets,omitempty"` // of ShareTargets
	ShowProgress bool     `json:"showProgress,omitempty"`
}

// Points shows a balance. Its values are paths; an empty one is the kind's own value
// (data.points, data.tier, data.next_reward, data.next_reward_at), else the subscriber's attribute.
type Points struct {
	Base
	Title      string `json:"title,omitempty"`
	Balance    string `json:"balance,omitempty"`
	Tier       string `json:"tier,omitempty"`
	NextReward string `json:"nextReward,omitempty"`
	NextAt     string `json:"nextAt,omitempty"` // the balance at which the next reward comes
	CTA        string `json:"cta,omitempty"`
	Href       string `json:"href,omitempty"`
	Bar        bool   `json:"bar,omitempty"`
}

// Products shows what was bought, what sells best, or what the marketer chose.
type Products struct {
	Base
	Source     string    `json:"source,omitempty"` // order (default), last_order, bestsellers or manual
	Items      []Product `json:"items,omitempty"`  // with manual
	Limit      int       `json:"limit,omitempty"`  // 0 is the default
	Layout     string    `json:"layout,omitempty"` // list (default), grid2 or grid3
	ShowPrice  bool      `json:"showPrice,omitempty"`
	ReviewLink bool      `json:"reviewLink,omitempty"`
	Fallback   string    `json:"fallback,omitempty"` // hide (default) or bestsellers
}

// Product is one of a manual list. Its price is text, as it shall be read.
type Product struct {
	Title string `json:"title,omitempty"`
	Image string `json:"image,omitempty"`
	Price string `json:"price,omitempty"`
	Href  string `json:"href,omitempty"`
}
