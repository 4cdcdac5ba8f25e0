package campaigns

import (
	"encoding/json"
	"strconv"
	"strings"

	"keepsake/campaigns/document"
)

// Mood is what a rating says of the person who gave it.
type Mood int

// The moods; a rating in the middle of its scale says neither.
const (
	Unhappy Mood = 1
	Neither Mood = 2
	Happy   Mood = 3
)

// MoodOf reads a recorded rating ("4", or "nps:9" where it was asked on another scale than the campaign's settings have)
// by the cut-offs of its scale; ok is false for what is no rating.
func MoodOf(settings, rating string) (m Mood, ok bool) {
	var asked struct {
		Scale string `json:"scale"`
	}
	_ = json.Unmarshal([]byte(settings), &asked) // of a kind without a scale: stars
	name, number, marked := strings.Cut(rating, ":")
	if !marked {
		name, number = asked.Scale, rating
	}
	scale := document.ScaleOf(name)
	n, err := strconv.Atoi(number)
	switch {
	case err != nil || n < scale.Low || n > scale.High:
		return 0, false
	case n <= scale.Unhappy:
		return Unhappy, true
	case n >= scale.Happy:
		return Happy, true
	}
	return Neither, true
}
