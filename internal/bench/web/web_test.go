package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

func TestEveryAnswerIsCountedByItsStatus(t *testing.T) {
	var asked atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		if r.Host != "letters.shop.test" || !strings.HasPrefix(r.UserAgent(), "Mozilla/") {
			t.Errorf("asked as %q of %q", r.UserAgent(), r.Host)
		}
		if r.URL.Path == "/c/1" {
			http.Redirect(w, r, "https://shop.test/", http.StatusFound)
		}
	}))
	defer server.Close()
	paths, err := Paths([]string{"https://letters.shop.test/o/x.gif?a=b", "https://letters.shop.test/c/1"})
	if err != nil {
		t.Fatal(err)
	}
	r, err := Run(t.Context(), Options{Addr: server.Listener.Addr().String(), Host: "letters.shop.test", Paths: paths, Connections: 4, Requests: 100})
	if err != nil || r.Answered != 100 || asked.Load() != 100 || r.Status[200] != 50 || r.Status[302] != 50 || r.Broken != 0 {
		t.Errorf("%d asked, %+v, %v", asked.Load(), r, err)
	}
	if r.P50 <= 0 || r.P99 < r.P50 || r.Rate <= 0 {
		t.Errorf("half within %v, nearly all within %v, %.0f a second", r.P50, r.P99, r.Rate)
	}
}

func TestABrokenConnectionIsNoAnswer(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		panic(http.ErrAbortHandler)
	}))
	defer server.Close()
	r, err := Run(t.Context(), Options{Addr: server.Listener.Addr().String(), Paths: []string{"/"}, Connections: 2, Requests: 10})
	if err != nil || r.Answered != 0 || r.Broken != 2 {
		t.Errorf("%+v, %v", r, err)
	}
}
