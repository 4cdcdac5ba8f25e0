package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// call asks the API and reads its answer into O; anything but 2xx is an error with the problem's own words.
func call[O any](ctx context.Context, k *keepsake, method, path string, body any) (O, error) {
	var out O
	var sent io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return out, err
		}
		sent = bytes.NewReader(b)
	}
	status, answer, err := k.ask(ctx, method, "/api/v1"+path, "application/json", sent)
	if err != nil {
		return out, err
	}
	if status/100 != 2 {
		return out, &problem{status, fmt.Sprintf("%s %s: %d %s", method, path, status, answer)}
	}
	if len(answer) == 0 {
		return out, nil
	}
	return out, json.Unmarshal(answer, &out)
}

// A problem is a refusal.
type problem struct {
	status int
	text   string
}

func (p *problem) Error() string { return p.text }

// ask sends one request with the token.
func (k *keepsake) ask(ctx context.Context, method, path, contentType string, body io.Reader) (int, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, k.url+path, body)
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Authorization", "Bearer "+k.token)
	req.Header.Set("Content-Type", contentType)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	return resp.StatusCode, answer, err
}

// visitor follows no redirect: where a link leads is what is looked at.
var visitor = &http.Client{Timeout: 20 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

// visit opens a link of a letter as the world would, by way of the address it listens on.
func (k *keepsake) visit(ctx context.Context, method, link string, form url.Values) (int, string, error) {
	path, ours := strings.CutPrefix(link, base)
	if !ours {
		return 0, "", fmt.Errorf("%s is not ours", link)
	}
	req, err := http.NewRequestWithContext(ctx, method, k.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		return 0, "", err
	}
	req.Host = strings.TrimPrefix(base, "https://")
	req.Header.Set("User-Agent", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36")
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Origin", base)
	}
	resp, err := visitor.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	page, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(page), err
}

// person is one line of an import.
type person struct{ email, first string }

// people makes n of them, who are called by the names in turn.
func people(n int, names ...string) []person {
	all := make([]person, n)
	for i := range all {
		all[i] = person{fmt.Sprintf("p%05d@mail%d.test", i+1, i%7), names[i%len(names)]}
	}
	return all
}

type thing struct {
	ID    int64  `json:"id"`
	State string `json:"state"`
	Error string `json:"error"`
}

// list makes a list of these people, who are imported from a CSV file.
func (k *keepsake) list(ctx context.Context, name string, all []person) (int64, error) {
	l, err := call[thing](ctx, k, http.MethodPost, "/lists", map[string]any{"name": name, "opt_in": "single"})
	if err != nil {
		return 0, err
	}
	return l.ID, k.importPeople(ctx, l.ID, all)
}

func (k *keepsake) importPeople(ctx context.Context, list int64, all []person) error {
	var file bytes.Buffer
	w := csv.NewWriter(&file)
	rows := [][]string{{"email", "first_name"}}
	for _, p := range all {
		rows = append(rows, []string{p.email, p.first})
	}
	if err := w.WriteAll(rows); err != nil {
		return err
	}
	if _, err := k.upload(ctx, list, file.Bytes()); err != nil {
		return err
	}
	return k.confirmed(ctx, list, len(all))
}

// confirmed checks that the list holds everybody.
func (k *keepsake) confirmed(ctx context.Context, list int64, want int) error {
	l, err := call[struct {
		Confirmed int `json:"confirmed"`
	}](ctx, k, http.MethodGet, fmt.Sprintf("/lists/%d", list), nil)
	if err == nil && l.Confirmed != want {
		err = fmt.Errorf("the list holds %d people after importing %d", l.Confirmed, want)
	}
	return err
}

// upload imports a file as it is and waits for the end.
func (k *keepsake) upload(ctx context.Context, list int64, file []byte) (int64, error) {
	form, contentType, err := uploadForm(list, file)
	if err != nil {
		return 0, err
	}
	status, answer, err := k.ask(ctx, http.MethodPost, "/api/v1/imports", contentType, form)
	var job thing
	if err == nil {
		err = json.Unmarshal(answer, &job)
	}
	if err != nil || status/100 != 2 {
		return 0, fmt.Errorf("import: %d %w %s", status, err, last(string(answer), 300))
	}
	err = until(ctx, time.Minute, "the import", func() (bool, error) {
		var err error
		job, err = call[thing](ctx, k, http.MethodGet, fmt.Sprintf("/imports/%d", job.ID), nil)
		return job.State == "finished" || job.State == "failed", err
	})
	if err == nil && job.State != "finished" {
		err = fmt.Errorf("the import %s: %s", job.State, job.Error)
	}
	return job.ID, err
}

func uploadForm(list int64, csv []byte) (*bytes.Buffer, string, error) {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for name, value := range map[string]string{"list_id": fmt.Sprint(list), "wording": "I want news from Leaf & Kettle.", "lang": "bg"} {
		if err := form.WriteField(name, value); err != nil {
			return nil, "", err
		}
	}
	file, err := form.CreateFormFile("file", "people.csv")
	if err != nil {
		return nil, "", err
	}
	if _, err := file.Write(csv); err != nil {
		return nil, "", err
	}
	return &body, form.FormDataContentType(), form.Close()
}
