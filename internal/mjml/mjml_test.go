package mjml

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"keepsake/campaigns/fault"
)

func letter(body string) string { return "<mjml><mj-body>" + body + "</mj-body></mjml>" }

const column = `<mj-section><mj-column><mj-text>%s</mj-text><mj-image src="https://a.test/x.png" alt="x" /><mj-button href="https://a.test/">go</mj-button></mj-column></mj-section>`

func TestTheSameLetterIsTheSameBytes(t *testing.T) {
	src := letter(`<mj-section><mj-column><mj-carousel><mj-carousel-image src="a" /><mj-carousel-image src="b" /></mj-carousel></mj-column></mj-section>`)
	one, err := New().Compile(t.Context(), src, false)
	if err != nil {
		t.Fatal(err)
	}
	two, err := New().Compile(t.Context(), src, false)
	if err != nil || one.HTML != two.HTML || !strings.Contains(one.HTML, "mj-carousel") {
		t.Errorf("%v\n%s\n%s", err, one.HTML, two.HTML)
	}
}

func TestWhatIsTooMuchIsRefusedAndTheNextLetterIsNot(t *testing.T) {
	c := New()
	c.limit = max(2*time.Second, patience/20)
	for name, src := range map[string]string{
		"long":   strings.Repeat("x", MaxSource+1),
		"many":   letter(strings.Repeat("<mj-section><mj-column><mj-text>x</mj-text></mj-column></mj-section>", 14000)),
		"nested": letter(strings.Repeat("<mj-wrapper>", 40000)),
	} {
		began := time.Now()
		_, err := c.Compile(t.Context(), src, false)
		if !fault.Is(err, fault.TooLarge) {
			t.Errorf("%s: got %v", name, err)
		}
		if took := time.Since(began); took > 10*c.limit {
			t.Errorf("%s: took %s", name, took)
		}
		if got, err := c.Compile(t.Context(), letter(fmt.Sprintf(column, name)), false); err != nil || !strings.Contains(got.HTML, name) {
			t.Errorf("after %s: %v", name, err)
		}
	}
}

func TestWhatIsNoMJMLIsToldInWords(t *testing.T) {
	c := New()
	for _, src := range []string{"", " ", "<p>x</p>", "<mjml>", "<mjml></mjml>", "\x00", "<mj-body></mj-body>", "<mjml><mj-body/></mjml><mjml>"} {
		if _, err := c.Compile(t.Context(), src, false); err != nil && !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", src, err)
		}
	}
}

func TestMemoryIsGivenBackWhenNothingComes(t *testing.T) {
	c := New()
	c.idle = time.Hour
	if _, err := c.Compile(t.Context(), letter(""), false); err != nil || !c.Held() {
		t.Fatalf("%v, held %v", err, c.Held())
	}
	c.take()
	c.drop()
	c.give()
	if c.Held() {
		t.Error("the machine is still there")
	}
	if _, err := c.Compile(t.Context(), letter(""), false); err != nil || c.Held() {
		t.Errorf("%v: the letter was known, held %v", err, c.Held())
	}
}

func TestManyAskAtOnce(t *testing.T) {
	c := New()
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			got, err := c.Compile(t.Context(), letter(fmt.Sprintf(column, "n"+strconv.Itoa(i%3))), false)
			if err != nil || !strings.Contains(got.HTML, "n"+strconv.Itoa(i%3)) {
				t.Errorf("%d: %v", i, err)
			}
		})
	}
	wg.Wait()
}

func TestTheLettersUsedLastAreKept(t *testing.T) {
	var c cache
	for i := range mostKept + 2 {
		c.put(digest{byte(i)}, Result{HTML: strconv.Itoa(i)}, nil)
		c.get(digest{0})
	}
	_, _, first := c.get(digest{0})
	_, _, second := c.get(digest{1})
	if !first || second || len(c.all) != mostKept {
		t.Errorf("first %v, second %v, %d kept", first, second, len(c.all))
	}
	c.put(digest{99}, Result{HTML: strings.Repeat("x", mostBytes/2-1)}, nil)
	c.put(digest{98}, Result{HTML: strings.Repeat("x", mostBytes/2-1)}, nil)
	c.put(digest{97}, Result{HTML: strings.Repeat("x", mostBytes/2-1)}, nil)
	if c.bytes > mostBytes {
		t.Errorf("%d octets kept", c.bytes)
	}
}

// TestFigures says what a machine costs; run with -v.
func TestFigures(t *testing.T) {
	if patience > 10*time.Second {
		t.Log("figures of the race detector say nothing")
		return
	}
	debug.FreeOSMemory()
	before := resident(t)
	c := New()
	c.idle = time.Hour
	began := time.Now()
	if _, err := c.Compile(t.Context(), letter(fmt.Sprintf(column, "first")), false); err != nil {
		t.Fatal(err)
	}
	first := time.Since(began)
	began = time.Now()
	for i := range 20 {
		if _, err := c.Compile(t.Context(), letter(strings.Repeat(fmt.Sprintf(column, strconv.Itoa(i)), 10)), false); err != nil {
			t.Fatal(err)
		}
	}
	each := time.Since(began) / 20
	held := resident(t)
	c.take()
	c.drop()
	c.give()
	debug.FreeOSMemory()
	t.Logf("first letter %s, then a letter of 10 sections %s; held %+d KB, given back %+d KB", first, each, held-before, resident(t)-before)
}

func resident(t *testing.T) int {
	t.Helper()
	b, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Skip("no /proc")
	}
	pages, err := strconv.Atoi(strings.Fields(string(b))[1])
	if err != nil {
		t.Fatal(err)
	}
	return pages * os.Getpagesize() / 1024
}

func BenchmarkCompile(b *testing.B) {
	c := New()
	for i := range b.N {
		if _, err := c.Compile(b.Context(), letter(strings.Repeat(fmt.Sprintf(column, strconv.Itoa(i)), 10)), false); err != nil {
			b.Fatal(err)
		}
	}
}

func TestARefusalIsRememberedToo(t *testing.T) {
	c := New()
	c.limit = time.Second
	src := letter(strings.Repeat("<mj-section><mj-column><mj-text>x</mj-text></mj-column></mj-section>", 14000))
	if _, err := c.Compile(t.Context(), src, false); !fault.Is(err, fault.TooLarge) {
		t.Fatal(err)
	}
	c.take() // whoever asks the machine again waits for ever
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Compile(ctx, src, false); !fault.Is(err, fault.TooLarge) {
		t.Errorf("the machine was asked again: %v", err)
	}
	if _, err := c.Compile(ctx, src+" ", false); !errors.Is(err, context.Canceled) {
		t.Errorf("nobody waits for this letter any more, and it is compiled: %v", err)
	}
}

func TestTheLineIsShortAndASendGoesBeforeWriters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine()
		l.take()
		var came []string // whoever has the turn writes
		stand := func(name string, urgent bool) {
			go func() {
				leave, err := l.join(t.Context(), urgent)
				if err != nil {
					t.Errorf("%s: %v", name, err)
					return
				}
				came = append(came, name)
				leave()
			}()
			synctest.Wait() // until it stands in the line
		}
		for range mostWaiting {
			stand("writer", false)
		}
		if _, err := l.join(t.Context(), false); !fault.Is(err, fault.TooMany) {
			t.Errorf("one more writer: %v", err)
		}
		stand("send", true)
		l.give()
		synctest.Wait()
		if len(came) != mostWaiting+1 || slices.Index(came, "send") > 1 {
			t.Errorf("they came as %q", came)
		}
	})
}
