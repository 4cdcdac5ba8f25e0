package stage

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

// Call asks the API and reads its answer into O; anything but 2xx is an error with the problem's own words.
func Call[O any](ctx context.Context, k *Keepsake, method, path string, body any) (O, error) {
	var out O
	var sent io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return out, err
		}
		sent = bytes.NewReader(b)
	}
	status, answer, err := k.Ask(ctx, method, "/api/v1"+path, "application/json", sent)
	if err != nil {
		return out, err
	}
	if status/100 != 2 {
		return out, &Problem{status, fmt.Sprintf("%s %s: %d %s", method, path, status, answer)}
	}
	if len(answer) == 0 {
		return out, nil
	}
	return out, json.Unmarshal(answer, &out)
}

// A Problem is a refusal.
type Problem struct {
	Status int
	Text   string
}

func (p *Problem) Error() string { return p.Text }

// Ask sends one request with the token.
func (k *Keepsake) Ask(ctx context.Context, method, path, contentType string, body io.Reader) (int, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, k.URL+path, body)
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

// Visitor follows no redirect: where a link leads is what is looked at.
var Visitor = &http.Client{Timeout: 20 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

// Visit opens a link of a letter as the world would, by way of the address it listens on.
func (k *Keepsake) Visit(ctx context.Context, method, link string, form url.Values) (int, string, error) {
	path, ours := strings.CutPrefix(link, Base)
	if !ours {
		return 0, "", fmt.Errorf("%s is not ours", link)
	}
	req, err := http.NewRequestWithContext(ctx, method, k.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		return 0, "", err
	}
	req.Host = strings.TrimPrefix(Base, "https://")
	req.Header.Set("User-Agent", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36")
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Origin", Base)
	}
	resp, err := Visitor.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	page, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(page), err
}

// Person is one line of an import.
type Person struct{ Email, First string }

// People makes n of them, who are called by the names in turn.
func People(n int, names ...string) []Person {
	all := make([]Person, n)
	for i := range all {
		all[i] = Person{fmt.Sprintf("p%05d@mail%d.test", i+1, i%7), names[i%len(names)]}
	}
	return all
}

type Thing struct {
	ID    int64  `json:"id"`
	State string `json:"state"`
	Error string `json:"error"`
}

// List makes a list of these people, who are imported from a CSV file.
func (k *Keepsake) List(ctx context.Context, name string, all []Person) (int64, error) {
	l, err := Call[Thing](ctx, k, http.MethodPost, "/lists", map[string]any{"name": name, "opt_in": "single"})
	if err != nil {
		return 0, err
	}
	return l.ID, k.importPeople(ctx, l.ID, all)
}

func (k *Keepsake) importPeople(ctx context.Context, list int64, all []Person) error {
	var file bytes.Buffer
	w := csv.NewWriter(&file)
	rows := [][]string{{"email", "first_name"}}
	for _, p := range all {
		rows = append(rows, []string{p.Email, p.First})
	}
	if err := w.WriteAll(rows); err != nil {
		return err
	}
	if _, err := k.Upload(ctx, list, file.Bytes()); err != nil {
		return err
	}
	return k.confirmed(ctx, list, len(all))
}

// confirmed checks that the list holds everybody.
func (k *Keepsake) confirmed(ctx context.Context, list int64, want int) error {
	l, err := Call[struct {
		Confirmed int `json:"confirmed"`
	}](ctx, k, http.MethodGet, fmt.Sprintf("/lists/%d", list), nil)
	if err == nil && l.Confirmed != want {
		err = fmt.Errorf("the list holds %d people after importing %d", l.Confirmed, want)
	}
	return err
}

// Upload imports a file as it is and waits for the end.
func (k *Keepsake) Upload(ctx context.Context, list int64, file []byte) (int64, error) {
	form, contentType, err := uploadForm(list, file)
	if err != nil {
		return 0, err
	}
	status, answer, err := k.Ask(ctx, http.MethodPost, "/api/v1/imports", contentType, form)
	var job Thing
	if err == nil {
		err = json.Unmarshal(answer, &job)
	}
	if err != nil || status/100 != 2 {
		return 0, fmt.Errorf("import: %d %w %s", status, err, Last(string(answer), 300))
	}
	err = Until(ctx, time.Minute, "the import", func() (bool, error) {
		var err error
		job, err = Call[Thing](ctx, k, http.MethodGet, fmt.Sprintf("/imports/%d", job.ID), nil)
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
