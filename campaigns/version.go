package campaigns

import "time"

// Version is what a letter was at some time.
type Version struct {
	N        int        `json:"n"`    // counts the versions of one letter, from 1
	Name     string     `json:"name"` // given by hand; such a version is kept for good
	By       string     `json:"by"`
	BegunAt  time.Time  `json:"begun_at"` // later saves of the same person may have gone into it
	SavedAt  time.Time  `json:"saved_at"`
	SentAt   *time.Time `json:"sent_at,omitempty"` // when letters of it began to leave
	Restored int        `json:"restored"`          // the version that was brought back by it; 0 is none
	Content
}

// VersionTime is how long the saves of one person go into the same version.
const VersionTime = 10 * time.Minute

// Takes reports whether a save may go into the version instead of making a new one.
func (v Version) Takes(by string, at time.Time) bool {
	return v.Name == "" && v.SentAt == nil && by != "" && v.By == by && v.Restored == 0 && at.Sub(v.BegunAt) < VersionTime
}

// The versions of one letter that are kept: the youngest all, then fewer the older they are.
const (
	versionsYoung = 30
	versionsMost  = 120
)

// Thin returns the numbers of the versions that may go; the list begins with the youngest.
// Named ones and sent ones stay, and the first of all.
func Thin(list []Version, now time.Time) (gone []int) {
	kept, last := 0, time.Time{}
	for i, v := range list {
		if v.Name != "" || v.SentAt != nil || i == len(list)-1 {
			continue
		}
		if kept >= versionsYoung && (kept >= versionsMost || last.Sub(v.SavedAt) < apart(now.Sub(v.SavedAt))) {
			gone = append(gone, v.N)
			continue
		}
		kept++
		last = v.SavedAt
	}
	return gone
}

// apart is how far from each other versions of that age are kept.
func apart(age time.Duration) time.Duration {
	switch {
	case age < 2*24*time.Hour:
		return time.Hour
	case age < 60*24*time.Hour:
		return 24 * time.Hour
	}
	return 7 * 24 * time.Hour
}
