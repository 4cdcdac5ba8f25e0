package admin

import (
	"fmt"
	"testing"
	"time"
)

func TestAShelfHoldsSoManyBytes(t *testing.T) {
	s := newShelf[int](time.Now)
	held := func() (bytes int) {
		for _, k := range s.all {
			bytes += k.bytes
		}
		return bytes
	}
	var last string
	for i := range 10 {
		last = s.put("one", i, 5<<20)
	}
	if got, ok := s.get("one", last); !ok || got != 9 || held() > shelfSessionBytes {
		t.Errorf("the last is %d, %v; %d bytes held", got, ok, held())
	}
	for i := range 30 {
		s.put(fmt.Sprint("session", i), i, 5<<20)
	}
	if held() > shelfAllBytes || len(s.all) < 12 {
		t.Errorf("%d bytes in %d things", held(), len(s.all))
	}
}
