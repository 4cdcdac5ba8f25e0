package audience

import (
	"slices"
	"strings"
)

// The kinds of what a field holds, ExportField.Type.
const (
	IsText   = ""
	IsNumber = "number" // whole
	IsMoney  = "money"  // a decimal amount of the row's currency
	IsMoment = "moment" // RFC 3339, UTC, to the second
	IsJSON   = "json"
)

// ExportField is one column that an export of its kind may have.
type ExportField struct{ Name, Type string }

// ExportKind is what one kind of export may hold. The store has the SQL of each field.
type ExportKind struct {
	What      string
	Fields    []ExportField
	Usual     []string // the fields when nobody chose any
	People    bool     // its rows are somebody's, and can be narrowed to some people
	Campaigns bool     // its rows are a campaign's, and can be narrowed to one
	Lately    bool     // its rows happened at a time, and can be narrowed to the last days
}

// ExportKinds are all kinds, in the order in which they are offered.
var ExportKinds = []ExportKind{
	{What: "subscribers", People: true, Usual: []string{"email", "first_name", "last_name", "lang"},
		Fields: fields("email first_name last_name lang zone state source created_at:moment id:number consent_at:moment consent_ip consent_source consent_wording suppressed attributes:json")},
	{What: "orders", People: true, Lately: true, Usual: []string{"number", "email", "state", "currency", "total", "refunded", "placed_at"},
		Fields: fields("number email first_name last_name state currency total:money refunded:money channel coupon country placed_at:moment updated_at:moment items:json id:number subscriber_id:number")},
	{What: "order_lines", People: true, Lately: true, Usual: []string{"number", "email", "state", "currency", "total", "refunded", "placed_at", "item_sku", "item_name", "item_category", "item_quantity", "item_price"},
		Fields: fields("number email first_name last_name state currency total:money refunded:money channel coupon country placed_at:moment updated_at:moment item_line:number item_sku item_name item_category item_quantity:number item_price:money id:number subscriber_id:number")},
	{What: "customers", People: true, Usual: []string{"email", "currency", "order_count", "spent", "average", "ltv", "first_order_at", "last_order_at", "next_order_at", "rhythm", "mood"},
		Fields: fields("email first_name last_name currency order_count:number spent:money average:money ltv:money first_order_at:moment last_order_at:moment next_order_at:moment rhythm " +
			"recency:number frequency:number money:number mood channel country product subscriber_id:number")},
	{What: "deliveries", People: true, Campaigns: true, Lately: true, Usual: []string{"email", "campaign", "message", "state", "reason", "sent_at", "opened_at", "clicked_at"},
		Fields: fields("email campaign message variant state reason reply attempts:number due_at:moment sent_at:moment opened_at:moment clicked_at:moment id:number campaign_id:number run_id:number subscriber_id:number")},
	{What: "activities", People: true, Campaigns: true, Lately: true, Usual: []string{"at", "kind", "verdict", "email", "campaign", "url"},
		Fields: fields("at:moment kind verdict why email campaign url id:number delivery_id:number campaign_id:number subscriber_id:number")},
	{What: "events", People: true, Lately: true, Usual: []string{"at", "name", "email", "data"},
		Fields: fields("at:moment name email occasion order_number data:json id:number subscriber_id:number")},
	{What: "responses", People: true, Campaigns: true, Lately: true, Usual: []string{"email", "campaign", "field", "value", "updated_at"},
		Fields: fields("email campaign field value created_at:moment updated_at:moment campaign_id:number enrolment_id:number subscriber_id:number")},
	{What: "results", Campaigns: true, Lately: true, Usual: []string{"campaign", "kind", "state", "started_at", "planned", "sent", "opened", "clicked", "responded", "unsubscribed", "bounced", "complained"},
		Fields: fields("campaign kind state due_at:moment started_at:moment finished_at:moment planned:number sent:number skipped:number failed:number unsure:number cancelled:number " +
			"opened:number machine_opened:number clicked:number responded:number unsubscribed:number bounced:number hard_bounced:number complained:number campaign_id:number run_id:number")},
}

// fields reads "name name:type …".
func fields(said string) (out []ExportField) {
	for one := range strings.FieldsSeq(said) {
		name, kind, _ := strings.Cut(one, ":")
		out = append(out, ExportField{name, kind})
	}
	return out
}

// Kind is what the export may hold; its zero value for an unknown What.
func (e Export) Kind() ExportKind {
	for _, k := range ExportKinds {
		if k.What == e.What {
			return k
		}
	}
	return ExportKind{}
}

// Types are the types of the export's columns.
func (e Export) Types() []string {
	k, out := e.Kind(), make([]string, len(e.Fields))
	for i, name := range e.Fields {
		if at := slices.IndexFunc(k.Fields, func(f ExportField) bool { return f.Name == name }); at >= 0 {
			out[i] = k.Fields[at].Type
		}
	}
	return out
}

// Has reports whether there is such a column: of people's also "attributes.<key>" and "lists.<label>", where
// somebody stands on a list.
func (k ExportKind) Has(name string) bool {
	if slices.ContainsFunc(k.Fields, func(f ExportField) bool { return f.Name == name }) {
		return true
	}
	key, attribute := strings.CutPrefix(name, "attributes.")
	label, list := strings.CutPrefix(name, "lists.")
	return k.What == Subscribers && (attribute && key != "" || list && label != "")
}
