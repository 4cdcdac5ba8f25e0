package store

import (
	"fmt"
	"strings"
	"time"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/value"
)

// exportKind is where the rows of one kind of export are. Its key grows; where several rows share one, pages lists
// the keys and then says how rows of one stand in order.
type exportKind struct {
	from     string // the tables; of them subscribers, where rows are somebody's, may lack the person
	key      string
	pages    string // asks for keys behind one, at most so many; "" where the key is of one row
	then     string
	table    string // counts the rows, where nothing narrows them by person
	person   string // the column with the subscriber's number
	campaign string
	at       string            // when it happened
	currency string            // of amounts
	columns  map[string]string // by field; the field's type says what is made of it. {{now}} is the moment, {{day N}} the day so long ago
}

// exportKinds are read in the order of their keys, by audience.ExportKinds' names.
var exportKinds = map[string]exportKind{
	audience.Subscribers: {from: "subscribers", table: "subscribers", key: "subscribers.id", person: "subscribers.id", columns: columnsOf("subscribers",
		"email first_name last_name lang zone source created_at id attributes", map[string]string{
			"suppressed":      "COALESCE((SELECT x.reason FROM suppressions x WHERE x.email_norm = subscribers.email_norm), '')",
			"consent_at":      consent("{{at}}"),
			"consent_ip":      consent("x.address"),
			"consent_source":  consent("x.source"),
			"consent_wording": consent("x.wording")})},
	"orders": {from: "orders LEFT JOIN subscribers ON subscribers.id = orders.subscriber_id", table: "orders", key: "orders.id", person: "orders.subscriber_id", at: "orders.placed_at", currency: "orders.currency",
		columns: orderColumns(map[string]string{"items": "orders.items"})},
	"order_lines": {from: "orders JOIN order_items ON order_items.order_id = orders.id LEFT JOIN subscribers ON subscribers.id = orders.subscriber_id", table: "orders JOIN order_items ON order_items.order_id = orders.id",
		key: "orders.id", then: "order_items.line", pages: "SELECT id AS k FROM orders WHERE id > ? ORDER BY id LIMIT ?", person: "orders.subscriber_id", at: "orders.placed_at", currency: "orders.currency",
		columns: orderColumns(map[string]string{"item_line": "order_items.line + 1", "item_sku": "order_items.sku", "item_name": "order_items.name", "item_category": "order_items.category",
			"item_quantity": "order_items.quantity", "item_price": "order_items.price_cents"})},
	"customers": {from: "subscriber_value LEFT JOIN subscribers ON subscribers.id = subscriber_value.subscriber_id LEFT JOIN subscriber_moods ON subscriber_moods.subscriber_id = subscriber_value.subscriber_id LEFT JOIN value_sums ON value_sums.currency = subscriber_value.currency AND value_sums.dim = 'all' AND value_sums.name = ''",
		table: "subscriber_value", key: "subscriber_value.subscriber_id", then: "subscriber_value.currency", pages: "SELECT DISTINCT subscriber_id AS k FROM subscriber_value WHERE subscriber_id > ? ORDER BY subscriber_id LIMIT ?",
		person: "subscriber_value.subscriber_id", currency: "subscriber_value.currency", columns: customerColumns()},
	"deliveries": {from: "deliveries LEFT JOIN subscribers ON subscribers.id = deliveries.subscriber_id LEFT JOIN campaigns ON campaigns.id = deliveries.campaign_id LEFT JOIN messages ON messages.id = deliveries.message_id",
		table: "deliveries", key: "deliveries.id", person: "deliveries.subscriber_id", campaign: "deliveries.campaign_id", at: "deliveries.created_at",
		columns: columnsOf("deliveries", "variant state reason reply attempts due_at sent_at opened_at clicked_at id campaign_id run_id subscriber_id",
			map[string]string{"email": "subscribers.email", "campaign": "campaigns.name", "message": "messages.name"})},
	"activities": {from: "activities LEFT JOIN subscribers ON subscribers.id = activities.subscriber_id LEFT JOIN campaigns ON campaigns.id = activities.campaign_id LEFT JOIN links ON links.id = activities.link_id",
		table: "activities", key: "activities.id", person: "activities.subscriber_id", campaign: "activities.campaign_id", at: "activities.at",
		columns: columnsOf("activities", "at kind verdict why id delivery_id campaign_id subscriber_id",
			map[string]string{"email": "subscribers.email", "campaign": "campaigns.name", "url": "links.url"})},
	"events": {from: "events LEFT JOIN subscribers ON subscribers.id = events.subscriber_id LEFT JOIN orders ON orders.id = events.order_id",
		table: "events", key: "events.id", person: "events.subscriber_id", at: "events.at",
		columns: columnsOf("events", "at name occasion data id subscriber_id", map[string]string{"email": "subscribers.email", "order_number": "orders.number"})},
	"responses": {from: "responses LEFT JOIN subscribers ON subscribers.id = responses.subscriber_id LEFT JOIN campaigns ON campaigns.id = responses.campaign_id",
		table: "responses", key: "responses.enrolment_id", then: "responses.field", pages: "SELECT DISTINCT enrolment_id AS k FROM responses WHERE enrolment_id > ? ORDER BY enrolment_id LIMIT ?",
		person: "responses.subscriber_id", campaign: "responses.campaign_id", at: "responses.updated_at",
		columns: columnsOf("responses", "field value created_at updated_at campaign_id enrolment_id subscriber_id",
			map[string]string{"email": "subscribers.email", "campaign": "campaigns.name"})},
	"results": {from: "runs JOIN campaigns ON campaigns.id = runs.campaign_id", table: "runs", key: "runs.id", campaign: "runs.campaign_id", at: "runs.due_at",
		columns: columnsOf("runs", "state due_at started_at finished_at planned sent skipped failed unsure cancelled opened machine_opened clicked responded unsubscribed bounced hard_bounced complained campaign_id",
			map[string]string{"campaign": "campaigns.name", "kind": "campaigns.kind", "run_id": "runs.id"})},
}

// columnsOf are the columns of a table that are called as their field, and more.
func columnsOf(table, names string, more map[string]string) map[string]string {
	for name := range strings.FieldsSeq(names) {
		more[name] = table + "." + name
	}
	return more
}

func orderColumns(more map[string]string) map[string]string {
	for field, column := range map[string]string{"total": "orders.total_cents", "refunded": "orders.refunded_cents",
		"email": "subscribers.email", "first_name": "subscribers.first_name", "last_name": "subscribers.last_name"} {
		more[field] = column
	}
	return columnsOf("orders", "number state currency channel coupon country placed_at updated_at id subscriber_id", more)
}

// customerColumns are the figures of campaigns/value, rounded half up as there.
func customerColumns() map[string]string {
	const v = "subscriber_value."
	columns := columnsOf("subscriber_value", "currency channel country product subscriber_id", map[string]string{"order_count": v + "orders", "spent": v + "net_cents",
		"email": "subscribers.email", "first_name": "subscribers.first_name", "last_name": "subscribers.last_name",
		"average":        "(2 * " + v + "net_cents + " + v + "orders) / (2 * " + v + "orders)",
		"ltv":            strings.ReplaceAll(ltvCents, "v.", v),
		"first_order_at": v + "first_at", "last_order_at": v + "last_at", "next_order_at": v + "next_at",
		"rhythm": "CASE WHEN " + v + "risk_at > '{{now}}' THEN 'keeping' WHEN " + v + "lost_at > '{{now}}' THEN 'at_risk' WHEN " + v + "risk_at IS NOT NULL THEN 'lost' END"})
	mood := "CASE subscriber_moods.mood"
	for word, m := range moodWords {
		mood += fmt.Sprintf(" WHEN %d THEN '%s'", m, word)
	}
	columns["mood"] = mood + " END"
	for field, least := range map[string]func(at int) string{
		"recency":   func(at int) string { return fmt.Sprintf("%slast_at >= '{{day %d}}'", v, value.RecencyDays[at]) },
		"frequency": func(at int) string { return fmt.Sprintf("%sorders >= %d", v, value.FrequencyOrders[at]) },
		"money": func(at int) string {
			return fmt.Sprintf("%snet_cents >= (value_sums.net_cents * %d + 4 * value_sums.customers - 1) / (4 * value_sums.customers)", v, 4*value.MoneyShares[at]/value.Whole)
		}} {
		sql := "CASE"
		for at := range 4 {
			sql += fmt.Sprintf(" WHEN %s THEN %d", least(at), 5-at)
		}
		columns[field] = sql + " ELSE 1 END"
	}
	return columns
}

// at puts the moment of an export into a column.
func (x *exporting) at(column string) string {
	today := x.now.UTC().Truncate(24 * time.Hour)
	words := []string{"{{now}}", x.now.UTC().Format(momentText)}
	for _, days := range value.RecencyDays {
		words = append(words, fmt.Sprintf("{{day %d}}", days), today.AddDate(0, 0, -days).Format(momentText))
	}
	return strings.NewReplacer(words...).Replace(column)
}

// consent is something of the newest consent, on the export's list or on any.
func consent(what string) string {
	return "COALESCE((SELECT " + what + " FROM consents x WHERE x.subscriber_id = subscribers.id AND x.given{{list}} ORDER BY x.at DESC, x.id DESC LIMIT 1), '')"
}

// column is the text of a field. Where a row may lack its person or a moment, the text is empty.
func (x *exporting) column(name, kind string) string {
	c, of := x.at(x.kind.columns[name]), ""
	switch {
	case x.e.What != audience.Subscribers:
	case name == "state" && x.e.List != 0:
		return "subscriptions.state"
	case name == "state":
		return "''"
	case strings.HasPrefix(name, "consent_"):
		if x.e.List != 0 {
			of = fmt.Sprintf(" AND x.list_id = %d", x.e.List)
		}
		return strings.NewReplacer("{{list}}", of, "{{at}}", x.s.d.rfc3339("x.at")).Replace(c)
	case kind == audience.IsText || kind == audience.IsJSON:
		return c // never NULL
	}
	switch kind {
	case audience.IsMoment:
		c = x.s.d.rfc3339(c)
	case audience.IsNumber, audience.IsMoney:
		c = "CAST(" + c + " AS TEXT)"
	}
	return "COALESCE(" + c + ", '')"
}
