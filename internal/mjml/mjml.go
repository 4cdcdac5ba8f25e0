// Package mjml compiles MJML to HTML by the reference compiler, in a JavaScript machine that has neither files nor a network.
package mjml

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"modernc.org/quickjs"

	"keepsake/campaigns/fault"
)

// The limits of one letter.
const (
	MaxSource = 1 << 20
	maxHTML   = 4 << 20  // octets; a mail program cuts a letter off long before
	memory    = 64 << 20 // octets of the machine
)

// idle is how long a machine waits for the next letter before its memory is given back. While
// somebody writes, a letter is compiled with every pause; a send compiles once.
const idle = 20 * time.Second

// Version is the version of the compiler.
const Version = "5.4.1"

// Result is a compiled letter, and what the compiler did not like but could live with.
type Result struct {
	HTML     string    `json:"html"`
	Problems []Problem `json:"errors"`
}

// Problem is one thing the compiler did not like, in its own words.
type Problem struct {
	Line int    `json:"line"` // from 1; 0 when it has none
	Tag  string `json:"tagName"`
	Text string `json:"message"`
}

// starting is how long the machine may take to read the compiler itself, which no letter can
// make longer: only a busy computer can.
const starting = 2 * time.Minute

// Compiler holds at most one machine, and the letters it compiled last. It serves any number
// of goroutines, one at a time.
type Compiler struct {
	line
	vm    *quickjs.VM // of whoever has the turn
	close *time.Timer
	idle  time.Duration
	limit time.Duration // of one letter
	done  cache
}

// New makes a compiler; its machine is started with the first letter.
func New() *Compiler { return &Compiler{line: newLine(), idle: idle, limit: patience} }

// Compile makes HTML of MJML. The same source is the same HTML, to the octet. What no letter
// can be made of, or not within the limits, is a *fault.Error; so is a line too long to join.
// A wait for others ends with ctx; what is urgent waits for one other letter at most.
func (c *Compiler) Compile(ctx context.Context, source string, urgent bool) (Result, error) {
	if len(source) > MaxSource {
		return Result{}, fault.New(fault.TooLarge, "This letter is larger than 1 MB. Use pictures by upload, not inside the text.")
	}
	key := sha256.Sum256([]byte(source))
	if got, err, ok := c.done.get(key); ok {
		return got, err
	}
	leave, err := c.join(ctx, urgent)
	if err != nil {
		return Result{}, err
	}
	defer leave()
	if got, err, ok := c.done.get(key); ok {
		return got, err // somebody before us in the line had the same letter
	}
	got, err := c.compile(source)
	if err == nil && len(got.HTML) > maxHTML {
		got, err = Result{}, fault.New(fault.TooLarge, "This MJML becomes more than 4 MB of HTML. Make the letter shorter.")
	}
	if _, refused := errors.AsType[*fault.Error](err); err == nil || refused {
		c.done.put(key, got, err)
	}
	return got, err
}

// Held reports whether a machine holds memory now.
func (c *Compiler) Held() bool {
	c.take()
	defer c.give()
	return c.vm != nil
}

func (c *Compiler) compile(source string) (got Result, err error) {
	if c.vm == nil {
		if c.vm, err = start(c.limit); err != nil {
			return got, err
		}
	}
	defer func() {
		if err != nil && !fault.Is(err, fault.Invalid) {
			c.drop() // what broke once is not asked again
			return
		}
		c.rest()
	}()
	answer, err := ask(c.vm, source)
	if err != nil {
		return got, err
	}
	var a struct {
		Result
		Failed string `json:"failed"`
	}
	if err := json.Unmarshal([]byte(answer), &a); err != nil {
		return got, fmt.Errorf("mjml: answer: %w", err)
	}
	return a.Result, failure(a.Failed)
}

// failure is the compiler's own refusal; nil for none.
func failure(text string) error {
	switch {
	case text == "":
		return nil
	case strings.Contains(text, "Malformed MJML"), strings.Contains(text, "Parsing failed"):
		return fault.New(fault.Invalid, "This is not MJML yet: a letter begins with <mjml> and has an <mj-body> inside.")
	case exhausted(text):
		return tooMuch()
	}
	return fault.New(fault.Invalid, "The MJML compiler stopped: %s", text)
}

// exhausted knows the machine's ways to say that there is no more time, stack or memory; with
// no memory for an error it throws null.
func exhausted(text string) bool {
	return text == "null" || strings.Contains(text, "out of memory") || strings.Contains(text, "interrupted") || strings.Contains(text, "stack overflow")
}

func tooMuch() error {
	return fault.New(fault.TooLarge, "This MJML takes more than 10 seconds or 64 MB to compile. Make the letter simpler.")
}

// ask runs the compiler in the machine. A machine that breaks does not take the program with it.
func ask(vm *quickjs.VM, source string) (answer string, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("mjml: the machine broke: %v", p)
		}
	}()
	if _, err := vm.Call("compileMJML", source); err != nil {
		return "", broken(err)
	}
	if _, err := vm.ExecutePendingJobs(); err != nil {
		return "", broken(err)
	}
	got, err := vm.Eval("takeMJML()", quickjs.EvalGlobal)
	if err != nil {
		return "", broken(err)
	}
	answer, ok := got.(string)
	if !ok {
		return "", tooMuch() // it never came to an end
	}
	return answer, nil
}

func broken(err error) error {
	if e, ok := errors.AsType[*quickjs.Error](err); ok && exhausted(e.Error()) {
		return tooMuch()
	}
	return fmt.Errorf("mjml: %w", err)
}

//go:embed mjml.js.gz
var packed []byte

// start makes a machine that knows the compiler.
func start(limit time.Duration) (*quickjs.VM, error) {
	js, err := unpack()
	if err != nil {
		return nil, err
	}
	vm, err := quickjs.NewVM()
	if err != nil {
		return nil, fmt.Errorf("mjml: %w", err)
	}
	vm.SetMemoryLimit(memory)
	if err = vm.SetEvalTimeout(starting); err == nil {
		if _, err = vm.Eval(js, quickjs.EvalGlobal); err == nil {
			err = vm.SetEvalTimeout(limit)
		}
	}
	if err != nil {
		vm.Close()
		return nil, fmt.Errorf("mjml: start: %w", err)
	}
	return vm, nil
}

func unpack() (string, error) {
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return "", fmt.Errorf("mjml: %w", err)
	}
	var js strings.Builder
	if _, err := io.Copy(&js, z); err != nil {
		return "", fmt.Errorf("mjml: %w", err)
	}
	return js.String(), nil
}

// rest gives the machine back when nothing more comes.
func (c *Compiler) rest() {
	if c.close != nil {
		c.close.Stop()
	}
	c.close = time.AfterFunc(c.idle, func() {
		c.take()
		defer c.give()
		c.drop()
	})
}

func (c *Compiler) drop() {
	if c.close != nil {
		c.close.Stop()
	}
	if c.vm != nil {
		c.vm.Close()
	}
	c.vm = nil
}
