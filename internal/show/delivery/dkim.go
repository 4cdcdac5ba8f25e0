package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	keys "keepsake/campaigns/sending"
	"keepsake/internal/bench/sink"
	"keepsake/internal/dkim"
	"keepsake/internal/link"
	"keepsake/internal/show/stage"
	"keepsake/internal/store"
)

// dkimSecret seals the keys that the story puts into the program's database.
const dkimSecret = "a secret that the story of signatures shares"

// signatures sends a campaign that is signed with RSA and Ed25519, changes the keys while the program runs, sends
// another, and has every letter verified by dkimpy.
func signatures(ctx context.Context, w *stage.Workshop) (map[string]stage.Figure, error) {
	n := size(500, 60)
	p, err := open(ctx, w, sink.Options{Keep: 2 * n}, setting("SECRET", dkimSecret))
	if err != nil {
		return nil, err
	}
	crowd := people(n)
	for i := range crowd {
		if i%3 == 0 { // names that make headers long and encoded
			crowd[i].First = fmt.Sprintf("Ивайла-Мария Константинопулу-Димитрова %d", i)
		}
	}
	list, err := p.fill(ctx, crowd)
	if err != nil {
		return nil, err
	}
	records, letters := map[string]string{}, []sink.Letter{}
	for _, selector := range []string{"one", "two"} {
		if err := p.sign(ctx, selector, records); err != nil {
			return nil, err
		}
		if _, err := p.send(ctx, list, n); err != nil {
			return nil, err
		}
		letters = append(letters, p.sink.Letters()...)
	}
	return p.verify(ctx, records, letters)
}

// sign lets the program sign with new keys from now on, in place of those before.
func (p *post) sign(ctx context.Context, selector string, records map[string]string) error {
	st, err := store.Open(ctx, store.Options{DSN: p.dsn, Beside: true})
	if err != nil {
		return err
	}
	defer st.Close()
	var made []keys.SigningKey
	for _, algorithm := range []string{dkim.RSA, dkim.Ed25519} {
		k, err := dkim.NewKey(stage.Domain, selector+algorithm, algorithm)
		if err != nil {
			return err
		}
		private, err := k.Private()
		if err != nil {
			return err
		}
		record, err := k.Record()
		if err != nil {
			return err
		}
		records[dkim.Name(k.Selector, k.Domain)] = record
		made = append(made, keys.SigningKey{Domain: k.Domain, Selector: k.Selector, Algorithm: algorithm, Record: record,
			PrivateKey: link.New([]byte(dkimSecret), stage.Base).Seal(keys.SigningUse, private)})
	}
	if err := st.AddSigningKeys(ctx, stage.Domain, made); err != nil {
		return err
	}
	all, err := st.SigningKeys(ctx)
	if err != nil {
		return err
	}
	var waiting []int64
	for _, k := range all {
		if k.Waits() {
			waiting = append(waiting, k.ID)
		}
	}
	return st.ActivateSigning(ctx, stage.Domain, waiting)
}

// verify has the letters judged, as they came over the wire.
func (p *post) verify(ctx context.Context, records map[string]string, letters []sink.Letter) (map[string]stage.Figure, error) {
	folder, err := p.w.Folder("letters")
	if err != nil {
		return nil, err
	}
	for i, l := range letters {
		data := bytes.ReplaceAll(l.Data, []byte("\r\n.."), []byte("\r\n."))
		if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("%05d.eml", i)), data, 0o600); err != nil {
			return nil, err
		}
	}
	zone, err := json.Marshal(records)
	if err != nil {
		return nil, err
	}
	names := filepath.Join(folder, "records.json")
	if err := os.WriteFile(names, zone, 0o600); err != nil {
		return nil, err
	}
	var got struct {
		Letters, RSA, Ed25519, Unverified, Uncovered int
		Example                                      string
	}
	if err := p.w.Script(ctx, &got, "scripts/show-dkim.py", names, folder); err != nil {
		return nil, err
	}
	if got.Example != "" {
		fmt.Fprintln(os.Stderr, "  for example", got.Example)
	}
	fmt.Fprintf(os.Stderr, "  %d letters, %d signatures by RSA and %d by Ed25519 hold\n", got.Letters, got.RSA, got.Ed25519)
	return map[string]stage.Figure{"dkim_letters": stage.Info("%d", got.Letters), "dkim_unverified": stage.Count(got.Unverified, 0),
		"dkim_headers_uncovered": stage.Count(got.Uncovered, 0)}, nil
}
