package campaigns_test

import (
	"testing"

	"keepsake/campaigns"
)

func TestARatingSaysAMoodByItsOwnScale(t *testing.T) {
	for _, c := range []struct {
		settings, rating string
		want             campaigns.Mood
	}{
		{`{}`, "1", campaigns.Unhappy}, {`{}`, "3", campaigns.Neither}, {`{"scale":"stars"}`, "5", campaigns.Happy}, {`{}`, "emoji:2", campaigns.Unhappy},
		{`{"scale":"nps"}`, "6", campaigns.Unhappy}, {`{"scale":"nps"}`, "8", campaigns.Neither}, {`{}`, "nps:9", campaigns.Happy}, {`{}`, "thumbs:1", campaigns.Happy},
		{`{"scale":"thumbs"}`, "0", campaigns.Unhappy}, {`{}`, "0", 0}, {`{}`, "yes", 0}, {`{}`, "", 0}, {`{"scale":"thumbs"}`, "2", 0},
	} {
		if got, ok := campaigns.MoodOf(c.settings, c.rating); got != c.want || ok != (c.want != 0) {
			t.Errorf("%s %q: %d, %v; want %d", c.settings, c.rating, got, ok, c.want)
		}
	}
}
