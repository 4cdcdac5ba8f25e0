package liquid

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// ordered is a JSON object that keeps the order it was written in, as the golden cases need.
type ordered struct {
	keys   []string
	values map[string]any
}

func (o *ordered) Get(key string) (any, bool) { v, ok := o.values[key]; return v, ok }
func (o *ordered) Keys() []string             { return o.keys }

func decodeOrdered(d *json.Decoder) (any, error) {
	t, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch t {
	case json.Delim('{'):
		o := &ordered{values: map[string]any{}}
		for d.More() {
			k, _ := d.Token()
			v, err := decodeOrdered(d)
			if err != nil {
				return nil, err
			}
			if _, again := o.values[k.(string)]; !again {
				o.keys = append(o.keys, k.(string))
			}
			o.values[k.(string)] = v
		}
		_, err := d.Token()
		return o, err
	case json.Delim('['):
		list := []any{}
		for d.More() {
			v, err := decodeOrdered(d)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err := d.Token()
		return list, err
	}
	return t, nil
}

type golden struct {
	Name, Template string
	Data           json.RawMessage
	Templates      map[string]string
	Result         string
	Results        []string
	Invalid        bool
}

func (g golden) vars() (map[string]any, error) {
	if len(g.Data) == 0 {
		return nil, nil
	}
	d := json.NewDecoder(bytes.NewReader(g.Data))
	d.UseNumber()
	v, err := decodeOrdered(d)
	if err != nil {
		return nil, err
	}
	return v.(*ordered).values, nil
}

// check tells how the engine differs from the case; nil when it does not.
func (g golden) check() error {
	vars, err := g.vars()
	if err != nil {
		return err
	}
	var got string
	t, err := ParseWith(g.Template, Text, g.Templates)
	if err == nil {
		got, err = t.RenderString(vars, Limits{})
	}
	want := g.Results
	if want == nil {
		want = []string{g.Result}
	}
	switch {
	case g.Invalid && err == nil:
		return fmt.Errorf("no error, but %q", got)
	case g.Invalid:
		if !errors.As(err, new(*Error)) {
			return fmt.Errorf("error of another type: %w", err)
		}
		return nil
	case err != nil:
		return err
	case !slices.Contains(want, got):
		return fmt.Errorf("got %q, want %q", got, want)
	}
	return nil
}

// TestGoldenLiquid holds the engine to 99 % of the golden-liquid cases where they are at hand:
// in KEEPSAKE_SHARED, or beside the repository.
func TestGoldenLiquid(t *testing.T) {
	shared := os.Getenv("KEEPSAKE_SHARED")
	if shared == "" {
		shared = "../../../shared"
	}
	data, err := os.ReadFile(filepath.Join(shared, "conformance", "golden_liquid.json"))
	if err != nil {
		t.Skip("no golden cases here; TestOwnTable stands in")
	}
	var file struct{ Tests []golden }
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	passed := 0
	start := time.Now()
	for _, g := range file.Tests {
		if err := g.check(); err != nil {
			t.Logf("%s: %q %s: %v", g.Name, g.Template, g.Data, err)
			continue
		}
		passed++
	}
	share := 100 * float64(passed) / float64(len(file.Tests))
	fmt.Printf("golden-liquid: %d of %d passed (%.1f %%) in %v\n", passed, len(file.Tests), share, time.Since(start).Round(time.Millisecond))
	if share < 99 {
		t.Errorf("%.1f %% passed, want 99 %%", share)
	}
}
