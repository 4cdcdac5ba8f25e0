package campaigns_test

import (
	"testing"

	"keepsake/campaigns"
)

func TestConditions(t *testing.T) {
	rated := map[string]string{"rating": "3", "comment": "", "colour": "red"}
	for condition, want := range map[string]bool{
		"rating": true, "!rating": false, "redeemed": false, "!redeemed": true, "comment": true, "!comment": false,
		"rating <= 3": true, "rating<3": false, "rating >= 3": true, "rating > 3": false, "rating = 3": true, "rating != 3": false, "rating = 3.0": true,
		"rating < 10": true, "colour = red": true, "colour != blue": true, "colour = blue": false, "colour < blue": false, "colour > 3": false,
		"redeemed = yes": false, "redeemed != yes": false, "redeemed <= 3": false, "comment = 1": false,
	} {
		c, err := campaigns.ParseCondition(condition)
		if err != nil || c.Holds(rated) != want {
			t.Errorf("%q: %v, %v; want %v", condition, c.Holds(rated), err, want)
		}
	}
	for _, bad := range []string{"", " ", "Rating", "rating <=", "!rating = 3", "<= 3", "rating => 3", "rating; drop", "1rating", "rating\n<= 3 4\n", "!!rating"} {
		c, err := campaigns.ParseCondition(bad)
		if err == nil {
			t.Errorf("%q is read as %+v", bad, c)
			continue
		}
		wantFault(t, bad, err)
	}
}
