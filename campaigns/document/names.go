package document

import (
	"strings"

	"keepsake/campaigns/fault"
)

// names are what the values of letters are called where people choose them; catalogue ids.
var names = map[string]fault.Word{
	"subscriber.first_name": "First name", "subscriber.last_name": "Last name", "subscriber.name": "Full name",
	"subscriber.email": "Email address", "subscriber.lang": "Language",
	"subscriber.value.ltv_cents": "Lifetime value", "subscriber.value.ltv": "Lifetime value", "subscriber.value.spent_cents": "Bought, less refunds", "subscriber.value.spent": "Bought, less refunds",
	"subscriber.value.orders": "Orders that were kept", "subscriber.value.first_order_at": "First order", "subscriber.value.next_order_at": "Expected next order",
	"subscriber.attributes.points": "Points", "subscriber.attributes.tier": "Tier", "subscriber.attributes.next_reward": "Next reward",
	"subscriber.attributes.next_reward_at": "Points for the next reward",
	"order.number":                         "Order number", "order.total_cents": "Order total", "order.total": "Order total", "order.placed_at": "Ordered on",
	"order.items[0].name": "First product", "order.items.size": "Number of products",
	"data.code": "Code", "data.expires_at": "Valid until", "data.entries": "Entries so far", "data.share_url": "Own link to share", "data.points": "Points",
	"campaign.name": "Name of the campaign", "now": "Today",
	"shop.name": "Your shop's name", "shop.address": "Your postal address", "shop.url": "Your website",
}

// Named is a value as people know it, for a sentence to them: a catalogue id, the name of an
// attribute, or the path of what has no name.
func Named(path string) any {
	if name, ok := names[path]; ok {
		return name
	}
	if attribute, ok := strings.CutPrefix(path, "subscriber.attributes."); ok {
		return attribute
	}
	return path
}
