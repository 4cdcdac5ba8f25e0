package dispatch

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"keepsake/campaigns"
	"keepsake/internal/render"
)

func TestALetterThatTakesLongToCompileHoldsUpNoOther(t *testing.T) {
	var compiled atomic.Int32
	begun, finish := make(chan struct{}), make(chan struct{})
	d := &Dispatcher{letters: map[letterKey]*readyLetter{}, makes: map[letterKey]*making{},
		compile: func(content campaigns.Content, o render.Options) (*render.Letter, error) {
			compiled.Add(1)
			if !o.Send || o.Wait == nil {
				t.Error("a send waits as a writer does")
			}
			if content.Version == 1 {
				close(begun)
				<-finish
			}
			return &render.Letter{}, nil
		}}
	ask := func(ctx context.Context, version int) (*readyLetter, error) {
		return d.letter(ctx, letterOf{c: &campaign{}}, campaigns.Content{Version: version})
	}
	slow := make(chan *readyLetter, 2)
	go func() {
		l, _ := ask(t.Context(), 1)
		slow <- l
	}()
	<-begun
	if _, err := ask(t.Context(), 2); err != nil {
		t.Errorf("another letter: %v", err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := ask(gone, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("whoever goes away waits on: %v", err)
	}
	go func() {
		l, _ := ask(t.Context(), 1)
		slow <- l
	}()
	close(finish)
	if one, two := <-slow, <-slow; one == nil || one != two {
		t.Errorf("got %p and %p; want the same", one, two)
	}
	if n := compiled.Load(); n != 2 {
		t.Errorf("compiled %d times; want 2", n)
	}
}

func TestALetterWhoseMakerWentAwayIsMadeByTheNext(t *testing.T) {
	compiled := 0
	d := &Dispatcher{letters: map[letterKey]*readyLetter{}, makes: map[letterKey]*making{},
		compile: func(campaigns.Content, render.Options) (*render.Letter, error) {
			if compiled++; compiled == 1 {
				return nil, context.Canceled
			}
			return &render.Letter{}, nil
		}}
	if _, err := d.letter(t.Context(), letterOf{c: &campaign{}}, campaigns.Content{}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if l, err := d.letter(t.Context(), letterOf{c: &campaign{}}, campaigns.Content{}); err != nil || l == nil {
		t.Errorf("%v, %v", l, err)
	}
}
