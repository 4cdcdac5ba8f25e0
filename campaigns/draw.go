package campaigns

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
)

// DrawMethod names how winners are drawn, so that a later version can differ and old
// records stay checkable. Version 1, in words anyone can program:
//
//	list   = the entry ids, sorted, each followed by a line feed
//	hash   = SHA-256(list), in lower-case hex
//	number = SHA-256(seed hex + ":" + hash + ":" + counter), its first 8 bytes, big-endian; counter from 0
//	A number at or above the largest multiple of the count of remaining ids is passed over
//	(so that no id is likelier); else number modulo that count picks, and removes, the next winner.
const DrawMethod = "keepsake-draw-1"

// ticketDraw is the method where an entry may have more than one ticket: "id", "id+1", "id+2" … are
// all tickets of the entry id. They are drawn as in version 1; the winner is the entry, and all of
// its tickets go.
const ticketDraw = "keepsake-draw-2"

const ticketSign = "+"

// entryOf is the entry a ticket belongs to.
func entryOf(ticket string) string {
	id, _, _ := strings.Cut(ticket, ticketSign)
	return id
}

// DrawRecord is all that a stranger needs to draw again.
type DrawRecord struct {
	Method     string   `json:"method"`
	Commitment string   `json:"commitment"` // SHA-256 of the seed's hex form; published at the start
	ListHash   string   `json:"list_sha256"`
	Entries    []string `json:"entries"` // opaque ids, sorted
	Winners    int      `json:"winners_wanted"`
	Seed       string   `json:"seed"` // hex; published after the closing
	Drawn      []string `json:"winners"`
}

// Commitment is the promise published before entries close.
func Commitment(seed []byte) string { return hexSum(hex.EncodeToString(seed)) }

// EntryID is the opaque name of an enrolment in the public list.
func EntryID(salt []byte, enrolmentID int64) string {
	b := binary.BigEndian.AppendUint64(slices.Clone(salt), uint64(enrolmentID))
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:16])
}

// Draw picks n winners, in order, as a pure function of the list, the seed and n.
func Draw(entries []string, seed []byte, n int) DrawRecord {
	list := append([]string{}, entries...) // never nil: a record without entries says so with []
	slices.Sort(list)
	r := DrawRecord{Method: DrawMethod, Commitment: Commitment(seed), ListHash: ListHash(list),
		Entries: append([]string{}, list...), Winners: n, Seed: hex.EncodeToString(seed), Drawn: []string{}}
	if slices.ContainsFunc(list, func(id string) bool { return entryOf(id) != id }) {
		r.Method = ticketDraw
	}
	var gone taken
	left := len(list)
	for counter := uint64(0); left > 0 && len(r.Drawn) < n; counter++ {
		number := drawNumber(r.Seed, r.ListHash, counter)
		count := uint64(left)
		if number >= ^uint64(0)-^uint64(0)%count { // no id may be likelier than another
			continue
		}
		winner := entryOf(list[gone.place(int(number%count))])
		r.Drawn = append(r.Drawn, winner)
		left -= gone.add(list, winner, winner+"\x00") + gone.add(list, winner+ticketSign, winner+afterSign)
	}
	return r
}

// afterSign sorts right behind all that begins with ticketSign.
const afterSign = ","

// taken are the stretches of a sorted list that are out of the draw, in its order. A list of a
// million tickets is never moved: there are at most two stretches for each winner.
type taken []stretch

type stretch struct{ from, to int }

// place is where in the list the one stands that is at this place among those left.
func (t taken) place(left int) int {
	for _, s := range t {
		if left < s.from {
			break
		}
		left += s.to - s.from
	}
	return left
}

// add takes all at or above from and below to out, and says how many that are.
func (t *taken) add(sorted []string, from, to string) int {
	first, _ := slices.BinarySearch(sorted, from)
	last, _ := slices.BinarySearch(sorted, to)
	if first == last {
		return 0
	}
	at, _ := slices.BinarySearchFunc(*t, first, func(s stretch, first int) int { return s.from - first })
	*t = slices.Insert(*t, at, stretch{first, last})
	return last - first
}

// Entrants counts the entries, however many tickets each has.
func (r DrawRecord) Entrants() (n int) {
	for _, ticket := range r.Entries {
		if entryOf(ticket) == ticket {
			n++
		}
	}
	return n
}

// Check draws again and reports whether the record is true to itself.
func (r DrawRecord) Check() bool {
	seed, err := hex.DecodeString(r.Seed)
	if err != nil {
		return false
	}
	again := Draw(r.Entries, seed, r.Winners)
	return again.Method == r.Method && again.Commitment == r.Commitment && again.ListHash == r.ListHash && slices.Equal(again.Drawn, r.Drawn)
}

// ListHash is the SHA-256 of a sorted list of entry ids, one a line.
func ListHash(sorted []string) string {
	if len(sorted) == 0 {
		return hexSum("")
	}
	return hexSum(strings.Join(sorted, "\n") + "\n")
}

func drawNumber(seed, hash string, counter uint64) uint64 {
	sum := sha256.Sum256([]byte(seed + ":" + hash + ":" + strconv.FormatUint(counter, 10)))
	return binary.BigEndian.Uint64(sum[:8])
}

func hexSum(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}
