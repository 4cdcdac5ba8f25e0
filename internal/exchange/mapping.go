package exchange

import (
	"slices"
	"strings"
	"unicode"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
)

// known are the usual headers, in lower case and with single spaces: of people's own files
// in our languages, of our own exports, and of Mailchimp, Klaviyo, Brevo, SendPulse,
// MailerLite, ActiveCampaign, Kit, listmonk, Shopify and WooCommerce.
var known = map[string][]string{
	"email": {"email", "e mail", "mail", "email address", "e mail address", "emailaddress", "subscriber email", "contact email",
		"customer email", "billing email", "user email", "primary email", "имейл", "и мейл", "имейл адрес", "емайл", "мейл", "е поща", "ел поща",
		"електронна поща", "поща", "почта", "эл почта", "e почта", "электронная почта", "адрес электронной почты", "эл адрес", "email адрес"},
	"first_name": {"first name", "firstname", "fname", "first", "given name", "billing first name", "customer first name", "forename",
		"име", "собствено име", "първо име", "имя"},
	"last_name": {"last name", "lastname", "lname", "last", "surname", "family name", "billing last name", "customer last name",
		"фамилия", "фамилно име", "презиме и фамилия"},
	"name": {"name", "full name", "fullname", "contact name", "customer name", "subscriber name", "display name", "your name",
		"имена", "име и фамилия", "пълно име", "фио", "имя и фамилия", "полное имя", "имя фамилия"},
	"lang": {"lang", "language", "locale", "subscriber language", "preferred language", "език", "язык"},
	"zone": {"zone", "time zone", "timezone", "tz", "часова зона", "часовой пояс"},
	"state": {"status", "state", "subscription status", "subscription", "email marketing consent", "email marketing status", "accepts email marketing",
		"accepts marketing", "subscriber status", "email status", "contact status", "list status", "member status", "email subscription status", "email marketing", "marketing status", "opt in", "optin", "consent", "subscribed", "статус", "съгласие", "согласие", "подписка"},
	"left_at": {"unsubscribed at", "unsubscribe date", "opt out date", "left at", "unsubscribed", "unsubscribe", "unsubscribed from all email", "opted out", "opt out", "optout", "email opt out",
		"opted out of email", "has opted out of email", "отписан", "отписана", "отписани", "отписал се", "отписался", "отписалась", "отказ", "отказал се", "отказался"},
	"bounced_at": {"bounced", "bounced at", "hard bounced", "hard bounce", "върнат", "недоставим", "не доставляется"},
	"blocked": {"blocked", "suppressed", "blocklisted", "blacklisted", "complained", "complaint", "marked as spam", "spam complaint", "do not email", "do not mail", "do not contact", "donotemail", "donotcontact",
		"блокиран", "блокирана", "заблокирован", "заблокирована", "оплакване", "жалоба", "не пишете", "не писать"},
	"consent_at":     {"consent at", "consent date", "consent timestamp", "opt in date", "optin date", "дата на съгласие", "дата согласия"},
	"consent_ip":     {"consent ip", "opt in ip", "signup ip"},
	"consent_source": {"consent source", "opt in source", "optin source", "signup source", "източник на съгласие", "источник согласия"},
	"attributes":     {"attributes"},
}

// noise are columns of the tools' own bookkeeping, which tell nothing of a person.
var noise = words(`id|uuid|source|created at|updated at|member rating|optin time|optin ip|confirm time|confirm ip|gmtoff|dstoff|leid|euid|notes|
	last changed|cc|klaviyo id|date added|profile created on|last open|last click|contact id|subscriber id|customer id|list|lists|
	added time|added at|modified at|subscribed at|ip address|confirmation date|sent|opens|clicks|line|reason`)

func words(s string) map[string]bool {
	out := map[string]bool{}
	for w := range strings.SplitSeq(s, "|") {
		out[strings.TrimSpace(w)] = true
	}
	return out
}

var fieldOf = func() map[string]string {
	out := map[string]string{}
	for field, headers := range known {
		for _, h := range headers {
			out[h] = field
		}
	}
	return out
}()

// plain is a header as it stands in known: lower case, words parted by one space.
func plain(header string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(header), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}), " ")
}

// suggest says what each column probably is. No field is given twice; a column we do not
// know becomes an attribute.
func suggest(header []string, rows [][]string, s shape, known []audience.Attribute) []string {
	out := make([]string, len(header))
	taken := map[string]bool{}
	for i, name := range header {
		cells := column(rows, i)
		field := s.field(name, cells, known)
		if taken[field] && !(repeats[field] && (field != "state" || slices.ContainsFunc(cells, saysLeft))) {
			field = ""
			if usual[plain(name)] != "" { // "City" beside "Град"
				field = AttributeOf(name)
			}
		}
		out[i], taken[field] = field, field != ""
	}
	if i := slices.Index(out, "name"); i >= 0 && taken["last_name"] && !taken["first_name"] {
		out[i] = "first_name" // MailerLite's "Name"
	}
	if !taken["email"] {
		for i := range header {
			if cells := column(rows, i); len(cells) > 0 && all(cells, isAddress) {
				out[i] = "email"
				break
			}
		}
	}
	return out
}

// field is what a column means in a file of that shape.
func (s shape) field(name string, cells []string, known []audience.Attribute) string {
	if field, told := s.exact[name]; told || isAdded(name) {
		return field
	}
	field, told := s.fields[plain(name)]
	if s.of == audience.OfOrders { // which have no attributes
		return field
	}
	if leaves := leavesBy(name, cells); leaves != "" && !told { // before an attribute that an earlier file made of such a column
		return leaves
	}
	if key := attributeCalled(name, known); key != "" {
		return "attributes." + key
	}
	if told { // a status whose words we do not know is one still: its lines are refused, not confirmed
		return field
	}
	if key := usual[plain(name)]; key != "" && !isKnown(AttributeOf(name), known) {
		return "attributes." + key
	}
	return suggestOne(name, cells)
}

// attributeCalled finds the attribute that has this key, or is called so in any language. What is a field's own name is
// none: a file's "Name" is a name.
func attributeCalled(name string, known []audience.Attribute) string {
	p := plain(name)
	for _, a := range known {
		if name == a.Key || fieldOf[p] == "" && p != "" && (plain(a.Key) == p || slices.ContainsFunc(audience.Languages, func(lang string) bool { return plain(a.Labels[lang]) == p })) {
			return a.Key
		}
	}
	return ""
}

func suggestOne(name string, cells []string) string {
	if audience.IsField(name, audience.ImportFields) && name != "state" {
		return name // our own export
	}
	p := plain(name)
	field := fieldOf[p]
	switch {
	case noise[p], p == "":
		return ""
	case field == "state" && !isStanding(cells), leaves[field] && leavesBy(name, cells) == "":
		field = ""
	case field == "name" && len(cells) > 0 && all(cells, isAddress):
		field = "email"
	}
	if field != "" {
		return field
	}
	if name[0] == '#' && all(cells, isAddress) && len(cells) > 0 {
		return "email"
	}
	if name[0] == '#' {
		return ""
	}
	return AttributeOf(name)
}

// AttributeOf is the attribute that a column of that name can become.
func AttributeOf(header string) string {
	if key, ok := strings.CutPrefix(header, "attributes."); ok && key != "" {
		return header
	}
	return "attributes." + strings.ReplaceAll(audience.Label(header), "-", "_")
}

// column are the cells of one column that are not empty.
func column(rows [][]string, i int) []string {
	var out []string
	for _, r := range rows {
		if i < len(r) && strings.TrimSpace(r[i]) != "" {
			out = append(out, r[i])
		}
	}
	return out
}

func all(cells []string, is func(string) bool) bool {
	for _, c := range cells {
		if !is(c) {
			return false
		}
	}
	return true
}

// repeats are fields that several columns may have: each may tell.
var repeats = map[string]bool{"state": true, "left_at": true, "bounced_at": true, "blocked": true, "consent_source": true, "changed_at": true}

// Check refuses a mapping that cannot be meant: without an address, or with two columns for one field.
func Check(of string, mapping []string) error {
	fields := audience.ImportFields
	if of == audience.OfOrders {
		fields = audience.OrderFields
	}
	taken := map[string]bool{}
	for _, field := range mapping {
		switch {
		case field == "":
			continue
		case !slices.Contains(fields, field) && (of == audience.OfOrders || !audience.IsField(field, fields) && audience.PlaceOf(field) == ""):
			return fault.Field("mapping", "There is no field “%s”.", audience.CleanName(field))
		case taken[field] && !repeats[field]:
			return fault.Field("mapping", "Two columns are mapped to “%s”.", audience.CleanName(field))
		}
		taken[field] = true
	}
	switch {
	case !taken["email"]:
		return fault.Field("mapping", "Say which column holds the email address.")
	case of == audience.OfOrders && !taken["number"]:
		return fault.Field("mapping", "Say which column holds the order's number: by it an order counts once.")
	case of == audience.OfOrders && !taken["placed_at"]:
		return fault.Field("mapping", "Say which column holds when the order was placed.")
	}
	return nil
}
