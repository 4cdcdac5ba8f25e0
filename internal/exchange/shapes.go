package exchange

import (
	"cmp"
	"strings"

	"keepsake/campaigns/audience"
)

// shape is how a product exports people or orders: by which headers one knows it, and which of them mean something else
// there than elsewhere. Headers are plain (see plain); "" leaves one out.
type shape struct {
	tool   string
	of     string
	all    []string // headers that must be there
	fields map[string]string
	says   audience.State    // of all people in the file, for it has no column for it
	exact  map[string]string // by headers as they stand, before all else
}

// shapes are tried in order; the first that fits counts.
var shapes = []shape{
	{tool: "Shopify", of: audience.OfOrders, all: []string{"name", "financial status", "lineitem name"}, fields: orderFields(`
		name=number|email=email|financial status=order_state|fulfillment status=fulfilled|paid at=changed_at|fulfilled at=changed_at|cancelled at=cancelled_at|currency=currency|total=total|
		discount code=coupon|created at=placed_at|lineitem quantity=item_quantity|lineitem name=item_name|lineitem price=item_price|lineitem sku=item_sku|
		refunded amount=refunded|shipping country=country|billing name=name|source=channel|accepts marketing=`)},
	{tool: "WooCommerce", of: audience.OfOrders, all: []string{"order number", "email billing"}, fields: orderFields(`
		order number=number|order status=order_state|order date=placed_at|paid date=changed_at|completed date=changed_at|email billing=email|first name billing=first_name|
		last name billing=last_name|country code shipping=country|country code billing=|order currency=currency|order total amount=total|order refund amount=refunded|
		sku=item_sku|item name=item_name|name=item_name|quantity=item_quantity|quantity refund=item_quantity|item cost=item_price|product current price=|
		category=item_category|product categories=item_category|coupon code=coupon`)},
	{tool: "WooCommerce", of: audience.OfOrders, all: []string{"billing email", "order total"}, fields: orderFields(wooOrders)},
	{tool: "WooCommerce", of: audience.OfOrders, all: []string{"customer email", "order total"}, fields: orderFields(wooOrders)},
	{tool: "Keepsake", of: audience.OfOrders, all: []string{"number", "email", "total", "currency"}, fields: orderFields(`number=number|email=email|first name=first_name|last name=last_name|
		lang=lang|state=order_state|currency=currency|total=total|refunded=refunded|channel=channel|coupon=coupon|country=country|placed at=placed_at|updated at=changed_at|items=items|
		sku=item_sku|item sku=item_sku|item=item_name|item name=item_name|category=item_category|item category=item_category|quantity=item_quantity|item quantity=item_quantity|
		price=item_price|item price=item_price|item url=item_url|item image=item_image`)},

	{of: audience.OfOrders, all: []string{"order number"}, fields: anyOrders},
	{of: audience.OfOrders, all: []string{"order id", "email"}, fields: anyOrders},
	{of: audience.OfOrders, all: []string{"номер на поръчка"}, fields: anyOrders},
	{of: audience.OfOrders, all: []string{"номер заказа"}, fields: anyOrders},

	{tool: "Mailchimp", all: []string{"email address", "leid"}, fields: mailchimp},
	{tool: "Mailchimp", all: []string{"email address", "member rating"}, fields: mailchimp},
	{tool: "Klaviyo", all: []string{"email", "klaviyo id"}, fields: klaviyo},
	{tool: "Klaviyo", all: []string{"email", "email marketing consent"}, fields: klaviyo},
	{tool: "Brevo", all: []string{"email", "contact id", "firstname"}, fields: brevo},
	{tool: "Brevo", all: []string{"email", "added time"}, fields: brevo},
	{tool: "Brevo", all: []string{"email", "double opt in"}, fields: brevo},
	{tool: "SendPulse", all: []string{"email", "status", "status explain"}, fields: sendpulse},
	{tool: "MailerLite", all: []string{"subscriber", "subscribed"}, fields: mailerlite},
	{tool: "MailerLite", all: []string{"email", "subscribed", "opened", "clicked"}, fields: mailerlite},
	{tool: "MailerLite", all: []string{"email", "subscribed", "opens", "clicks"}, fields: mailerlite},
	{tool: "ActiveCampaign", all: []string{"email", "contact id"}, fields: activecampaign},
	{tool: "ActiveCampaign", all: []string{"email", "customer account"}, fields: activecampaign},
	{tool: "ActiveCampaign", all: []string{"email", "account name", "first name", "last name"}, fields: activecampaign},
	{tool: "listmonk", all: []string{"uuid", "email", "attributes", "status"}, fields: map[string]string{"uuid": "", "created at": "", "updated at": "", "status": "state"}},
	{tool: "Kit", all: []string{"first name", "email", "created at"}, fields: map[string]string{"email": "email", "created at": "consent_at", "status": "state", "state": "state",
		"tags": "attributes.tags", "referrer": "consent_source", "source": "consent_source", "subscriber id": "", "id": ""}},
	{tool: "Shopify", all: []string{"email", "accepts email marketing"}, fields: shopify},
	{tool: "Shopify", all: []string{"email", "accepts marketing", "total spent"}, fields: shopify},
	{tool: "WooCommerce", all: []string{"email", "username", "aov"}, says: audience.Nowhere, fields: woocommerce},
	{tool: "WooCommerce", all: []string{"user email", "user login"}, says: audience.Nowhere, fields: map[string]string{"user email": "email", "user login": "", "user pass": "", "id": "", "customer id": "",
		"display name": "name", "user nicename": "", "user url": "", "user status": "", "billing email": "", "billing first name": "", "billing last name": "", "role": "", "roles": ""}},
	{tool: "WooCommerce", all: []string{"billing email", "billing first name"}, says: audience.Nowhere, fields: map[string]string{"billing email": "email"}},
}

const wooOrders = `order id=|order number=number|order number formatted=|order date=placed_at|date=placed_at|paid date=changed_at|date paid=changed_at|date completed=changed_at|completed date=changed_at|status=order_state|
	order status=order_state|order total=total|refunded total=refunded|order currency=currency|currency=currency|customer email=|billing email=email|billing first name=first_name|billing last name=last_name|
	shipping country=country|billing country=|coupon items=coupon|coupons=coupon|coupon code=coupon|item name=item_name|item sku=item_sku|item quantity=item_quantity|item price=item_price|item total=|line items=|
	download permissions=|created via=channel`

// anyOrders are the usual headers of orders, for files of nobody we know.
var anyOrders = orderFields(wooOrders + `|number=number|order=number|order no=number|order id=number|номер=number|номер на поръчка=number|поръчка=number|номер заказа=number|заказ=number|
	email=email|email address=email|customer email=email|имейл=email|почта=email|электронная почта=email|first name=first_name|last name=last_name|name=name|customer=name|customer name=name|billing name=name|
	име=name|имя=name|клиент=name|state=order_state|status=order_state|financial status=order_state|payment status=order_state|статус=order_state|fulfillment status=fulfilled|created at=placed_at|placed at=placed_at|
	order date=placed_at|created=placed_at|дата=placed_at|дата на поръчка=placed_at|дата заказа=placed_at|updated at=changed_at|paid at=changed_at|fulfilled at=changed_at|cancelled at=cancelled_at|
	total=total|amount=total|grand total=total|order total amount=total|сума=total|обща сума=total|сумма=total|итого=total|refunded=refunded|refunded amount=refunded|refund=refunded|върнати=refunded|возвращено=refunded|
	валута=currency|валюта=currency|channel=channel|source=channel|канал=channel|coupon=coupon|discount code=coupon|купон=coupon|промокод=coupon|country=country|country code=country|държава=country|страна=country|
	sku=item_sku|product sku=item_sku|lineitem sku=item_sku|product=item_name|product name=item_name|item=item_name|lineitem name=item_name|продукт=item_name|артикул=item_name|товар=item_name|
	category=item_category|категория=item_category|quantity=item_quantity|qty=item_quantity|количество=item_quantity|брой=item_quantity|price=item_price|unit price=item_price|цена=item_price|items=items`)

var (
	mailchimp = map[string]string{"confirm time": "consent_at", "confirm ip": "consent_ip", "optin time": "", "optin ip": "", "unsub time": "left_at", "clean time": "bounced_at",
		"unsub reason": "attributes.unsub_reason", "unsub reason other": "", "unsub campaign title": "", "unsub campaign id": "", "clean campaign title": "", "clean campaign id": "",
		"timezone": "zone", "cc": "attributes.country", "region": "attributes.region", "tags": "attributes.tags", "status": "state", "source": "consent_source", "latitude": "", "longitude": "", "email type": ""}
	klaviyo = map[string]string{"email marketing consent": "state", "email marketing consent timestamp": "consent_at", "email consent timestamp": "consent_at", "consent timestamp": "consent_at",
		"email marketing consent method": "consent_source", "email suppressions": "blocked", "suppressions": "blocked", "email marketing suppressions": "blocked", "source": "consent_source", "ip address": "",
		"timezone": "zone", "locale": "lang", "consent": "", "consent method": "", "sms marketing consent": "", "id": ""}
	brevo = map[string]string{"firstname": "first_name", "lastname": "last_name", "prenom": "first_name", "nom": "last_name", "vorname": "first_name", "nachname": "last_name",
		"double opt in": "", "opt in": "", "added time": "", "modified time": "", "blocklisted": "blocked", "email blocklisted": "blocked", "blacklisted": "blocked", "email blacklisted": "blocked",
		"unsubscribed": "blocked", "email marketing": "state", "email marketing status": "state", "email subscription status": "state", "sms": "attributes.phone", "sms blocklisted": "", "sms blacklisted": "", "sms marketing": "", "listids": "", "lists": ""}
	sendpulse = map[string]string{"status": "", "status explain": "state", "phone": "attributes.phone", "added": "", "date added": "", "add date": "",
		"creation date": "", "source": "consent_source", "ip": "consent_ip", "tags": "attributes.tags"}
	mailerlite = map[string]string{"subscriber": "email", "subscribed": "consent_at", "date subscribed": "consent_at", "opt in time": "consent_at", "optin time": "consent_at", "opt in ip": "consent_ip", "optin ip": "consent_ip", "signup ip": "",
		"unsubscribed": "left_at", "unsubscribed at": "left_at", "bounced": "bounced_at", "opened": "", "clicked": "", "updated": "", "location": "attributes.location", "source": "consent_source", "status": "state",
		"groups": "attributes.groups", "rating": "", "ctr": ""}
	activecampaign = map[string]string{"status": "state", "contact status": "state", "list status": "state", "ip address": "", "ip": "", "date created": "", "created": "", "subscribe date": "consent_at",
		"unsubscribe date": "left_at", "bounced hard": "bounced_at", "customer account": "attributes.company", "customer account name": "attributes.company", "account name": "attributes.company",
		"tags": "attributes.tags", "deleted": "", "score": "", "date edited": "", "last edited": "", "bounced soft": "", "form": "consent_source", "source": "consent_source"}
	shopify = map[string]string{"accepts email marketing": "state", "accepts marketing": "state", "accepts sms marketing": "", "customer id": "", "tags": "attributes.tags", "default address company": "attributes.company",
		"default address address1": "", "default address address2": "", "default address phone": "", "default address city": "attributes.city", "default address zip": "attributes.zip", "default address province code": "attributes.province",
		"default address country code": "attributes.country", "note": "attributes.note", "tax exempt": ""}
	woocommerce = map[string]string{"username": "", "last active": "", "sign up": "", "orders": "attributes.orders", "total spend": "attributes.total_spend", "aov": "", "country region": "attributes.country", "region": "attributes.region", "state": ""}
)

// orderFields reads "header=field|…".
func orderFields(text string) map[string]string {
	out := map[string]string{}
	for pair := range words(text) {
		header, field, _ := strings.Cut(pair, "=")
		out[header] = field
	}
	return out
}

// shapeOf tells which product wrote a header; one without a name is nobody's. What its lines are, somebody may have said.
func shapeOf(header []string, of string) shape {
	if of != audience.OfOrders && isOwn(header) {
		return shape{tool: "Keepsake", exact: own}
	}
	there := map[string]bool{}
	for _, h := range header {
		there[plain(h)] = true
	}
	for _, s := range shapes {
		if s.fits(there) && (of == "" || of == cmp.Or(s.of, audience.OfPeople)) {
			return s
		}
	}
	if of == audience.OfOrders {
		return shape{of: of, fields: anyOrders}
	}
	return shape{}
}

func (s shape) fits(there map[string]bool) bool {
	for _, h := range s.all {
		if !there[h] {
			return false
		}
	}
	if s.of != audience.OfOrders {
		return true
	}
	for h, field := range s.fields {
		if field == "number" && there[h] {
			return true
		}
	}
	return false
}

// saidByName is what the name of a file says of its people: Mailchimp parts them into files, which tell it nowhere else.
func saidByName(name string) audience.State {
	name = strings.ToLower(name)
	for said, state := range map[string]audience.State{"unsubscribed_": audience.Unsubscribed, "cleaned_": audience.Unsubscribed, "nonsubscribed_": audience.Nowhere} {
		if strings.HasPrefix(name, said) {
			return state
		}
	}
	return ""
}
