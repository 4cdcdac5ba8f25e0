package audience

// Silence is what a report of an order does not speak of: in an order we know it stays as it was. The zero Silence is a
// report that tells everything, with nothing and nobody where it says so.
type Silence struct {
	State, Refunded, Channel, Coupon, Country, Items bool
}

// Keep puts what is known of an order into a report that does not speak of it. Money of another currency is not carried
// over; what was given back is never more than the total, and all of it once the order has ended.
func (s Silence) Keep(told *Order, was Order) {
	if s.State {
		told.State = was.State
	}
	if s.Channel {
		told.Channel = was.Channel
	}
	if s.Coupon {
		told.Coupon = was.Coupon
	}
	if s.Country {
		told.Country = was.Country
	}
	if told.Currency == was.Currency {
		s.keepMoney(told, was)
	}
	if told.Ended() {
		told.RefundedCents = told.TotalCents
	}
}

func (s Silence) keepMoney(told *Order, was Order) {
	if s.Refunded {
		told.RefundedCents = min(was.RefundedCents, told.TotalCents)
	}
	if s.Items {
		told.Items = was.Items
	}
}
