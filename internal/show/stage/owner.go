package stage

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// own makes the first owner by the one-time link and fills in the settings, as a person would in the browser.
func (k *Keepsake) own(ctx context.Context, welcome string) error {
	cookies, err := k.post(ctx, strings.TrimPrefix(welcome, Base), "", url.Values{"name": {"Owner"}, "email": {"owner@" + Domain},
		"shop": {"Leaf & Kettle"}, "zone": {"Europe/Sofia"}, "password": {"a long sentence nobody guesses"}})
	if err != nil {
		return fmt.Errorf("the welcome link: %w", err)
	}
	k.cookies = cookies
	_, err = k.post(ctx, "/settings", cookies, url.Values{"name": {"Leaf & Kettle"}, "address": {Address}, "url": {"https://" + Domain + "/"},
		"sender_name": {"Leaf & Kettle"}, "sender_email": {"hello@" + Domain}, "lang": {"bg"}, "zone": {"Europe/Sofia"}})
	if err != nil {
		return fmt.Errorf("settings: %w", err)
	}
	return nil
}

// post sends a form that must be followed by a redirect, and returns the cookies it set.
func (k *Keepsake) post(ctx context.Context, path, cookies string, form url.Values) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, k.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	req.Host = strings.TrimPrefix(Base, "https://")
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", Base)
	req.Header.Set("Cookie", cookies)
	resp, err := Visitor.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusSeeOther {
		return "", fmt.Errorf("%s answered %s", path, resp.Status)
	}
	var set []string
	for _, c := range resp.Cookies() {
		set = append(set, c.Name+"="+c.Value)
	}
	return strings.Join(set, "; "), nil
}
