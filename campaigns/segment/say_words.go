package segment

// fieldWords are what is asked about, as the beginning of a sentence.
var fieldWords = map[string]string{
	"email": "Email", "first_name": "First name", "last_name": "Last name", "lang": "Language", "zone": "Time zone", "source": "Source",
	"campaign": "Campaign", "link": "Link", "question": "Question", "answer": "Answer", "name": "Name", "wording": "Wording", "list": "List",
	"category": "Category", "sku": "SKU", "product": "Product", "currency": "Currency", "total": "Order total", "channel": "Channel", "coupon": "Coupon",
	"country": "Country", "state": "State",
	"created_at": "Added", "suppressed": "Never mailed again", "sent": "Was sent a letter", "opened": "Opened a letter", "clicked": "Clicked in a letter",
	"bounced": "A letter bounced", "complained": "Reported spam", "responded": "Responded", "entered": "Entered a contest", "event": "An event happened",
	"ordered": "Ordered", "bought": "Bought pieces", "consented": "Consented", "segment": "Segment", "orders.sum": "Sum of orders", "orders.average": "Average order",
	"orders.first": "First order", "orders.last": "Last order", "refunded": "Money was given back",
	"value.ltv": "Lifetime value", "value.recency": "Recency score", "value.frequency": "Frequency score", "value.money": "Money score", "value.rhythm": "Own rhythm",
	"value.next": "Expected next order", "value.channel": "Channel of the first order", "value.country": "Country of the first order", "value.product": "First product", "value.mood": "Newest rating",
	"won": "Won a contest", "brought": "Brought a friend to a contest", "came_by": "Came to a contest by a friend", "given": "Was given a code", "redeemed": "Redeemed a code",
}

// valueWords are the words that kept figures may be.
var valueWords = map[string]string{"keeping": "keeping their rhythm", "at_risk": "at risk", "lost": "lost", "happy": "happy", "neither": "neither", "unhappy": "unhappy"}

// usualWords are what attributes are called that ready-made segments and letters go by, until the shop names them.
var usualWords = map[string]string{"birthday": "Birthday"}

// oneWords and manyWords say a test of a value; the first word is what is asked about.
var (
	oneWords = map[string]string{"is": "%s is %s", "is_not": "%s is not %s", "contains": "%s contains %s", "contains_not": "%s does not contain %s",
		"starts": "%s begins with %s", "starts_not": "%s does not begin with %s", "has": "%s has %s", "has_not": "%s does not have %s",
		"at_least": "%s is at least %s", "at_most": "%s is at most %s", "above": "%s is above %s", "below": "%s is below %s",
		"on": "%s is on %s", "before": "%s is before %s", "after": "%s is after %s"}
	manyWords = map[string]string{"is": "%s is one of %s", "is_not": "%s is none of %s", "contains": "%s contains one of %s", "contains_not": "%s contains none of %s",
		"starts": "%s begins with one of %s", "starts_not": "%s begins with none of %s", "has": "%s has one of %s", "has_not": "%s has none of %s"}
	bareWords = map[string]string{"filled": "%s is filled in", "empty": "%s is empty", "yes": "%s: yes", "no": "%s: no", "in": "%s:", "not_in": "%s: not", "yearly_in": "%s, each year:"}
	didWords  = map[string]string{"sent": "Was sent a letter", "opened": "Opened a letter", "clicked": "Clicked in a letter", "bounced": "A letter bounced",
		"complained": "Reported spam", "responded": "Responded", "entered": "Entered a contest", "event": "An event happened", "ordered": "Ordered",
		"bought": "Bought", "consented": "Consented", "won": "Won a contest", "brought": "Brought a friend to a contest", "came_by": "Came to a contest by a friend",
		"given": "Was given a code", "redeemed": "Redeemed a code"}
	didNotWords = map[string]string{"sent": "Was not sent a letter", "opened": "Did not open a letter", "clicked": "Did not click in a letter", "bounced": "No letter bounced",
		"complained": "Did not report spam", "responded": "Did not respond", "entered": "Did not enter a contest", "event": "An event did not happen", "ordered": "Did not order",
		"bought": "Did not buy", "consented": "Did not consent", "won": "Did not win a contest", "brought": "Did not bring a friend to a contest", "came_by": "Did not come to a contest by a friend",
		"given": "Was not given a code", "redeemed": "Did not redeem a code"}
	placeWords = map[string]string{"confirmed": "Is confirmed on %s", "not_confirmed": "Is not confirmed on %s", "pending": "Has not confirmed yet: %s",
		"left": "Unsubscribed from %s", "never": "Was never on %s"}
	groupWords = map[string]string{All: "All of these are true", Any: "At least one of these is true", None: "None of these is true"}
)

// testWords are what a test is called where one chooses it, after the field.
var testWords = map[string]string{"is": "is", "is_not": "is not", "contains": "contains", "contains_not": "does not contain", "starts": "begins with",
	"starts_not": "does not begin with", "filled": "is filled in", "empty": "is empty", "at_least": "at least", "at_most": "at most", "above": "above", "below": "below",
	"between": "between", "in": "in this span", "not_in": "not in this span", "yearly_in": "each year in this span", "on": "on", "before": "before", "after": "after", "yes": "yes", "no": "no",
	"has": "has", "has_not": "does not have", "confirmed": "confirmed on", "not_confirmed": "not confirmed on", "pending": "waits to confirm", "left": "unsubscribed from",
	"never": "never on", "did": "happened", "did_not": "did not happen", "exactly": "exactly"}
