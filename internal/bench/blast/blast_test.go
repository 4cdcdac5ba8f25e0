package blast

import (
	"testing"

	"keepsake/internal/bench/sink"
)

func TestEachModeBringsEachLetterOnce(t *testing.T) {
	for _, mode := range []Mode{Fold, Group, Step, Rset} {
		s, err := sink.Listen("127.0.0.1:0", sink.Options{})
		if err != nil {
			t.Fatal(err)
		}
		const letters = 203
		r, err := Run(t.Context(), Options{Addr: s.Addr(), Letters: letters, Connections: 5, Size: 2000, Mode: mode})
		if err != nil || r.Letters != letters {
			t.Errorf("%s: %+v, %v", mode, r, err)
		}
		if got := s.Recipients(); len(got) != letters || int(s.Figures().Taken) != letters {
			t.Errorf("%s: %d recipients, %d letters; want %d", mode, len(got), s.Figures().Taken, letters)
		}
		s.Close()
	}
}

func TestAnUnexpectedAnswerIsAnError(t *testing.T) {
	s, err := sink.Listen("127.0.0.1:0", sink.Options{Hard: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if r, err := Run(t.Context(), Options{Addr: s.Addr(), Letters: 10}); err == nil || r.Letters != 0 {
		t.Errorf("%+v, %v", r, err)
	}
}

// The rate of our own driver to our own sink: the ceiling of everything that is measured with them.
func BenchmarkLetter(b *testing.B) {
	for _, mode := range []Mode{Fold, Group, Step, Rset} {
		b.Run(string(mode), func(b *testing.B) {
			s, err := sink.Listen("127.0.0.1:0", sink.Options{})
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			if _, err := Run(b.Context(), Options{Addr: s.Addr(), Letters: b.N, Mode: mode}); err != nil {
				b.Fatal(err)
			}
		})
	}
}
