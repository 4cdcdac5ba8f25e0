package mailer

import "testing"

func TestEightOctetsAreJudgedAsEachAlone(t *testing.T) {
	for at := range 8 {
		for c := range 256 {
			b := []byte("abc\x7e gh~")
			b[at] = byte(c)
			want := true
			for _, x := range b {
				want = want && plain[x] && x != '\t' // which is left to the slow way
			}
			if got := eightPlain(string(b)); got != want {
				t.Errorf("octet %#x at %d: %v; want %v", c, at, got, want)
			}
		}
	}
}
