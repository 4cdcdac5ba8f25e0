package page

import (
	"encoding/base64"
	"encoding/json"
	"net/http"

	"github.com/gin-gonic/gin"
)

const (
	toastCookie = "toast"
	themeCookie = "theme"
)

// toast is what the next page says at its foot for ten seconds.
type toast struct {
	Text string `json:"text"`
	Undo string `json:"undo,omitempty"` // where a POST takes it back
}

// Toast lets the next page say what was done. undo is our path whose POST takes it back,
// "" when nothing does.
func (s *Site) Toast(c *gin.Context, text, undo string) {
	b, _ := json.Marshal(toast{text, undo}) // two strings always marshal
	s.cookie(c, toastCookie, base64.RawURLEncoding.EncodeToString(b), 60)
}

func (s *Site) takeToast(c *gin.Context) *toast {
	value, err := c.Cookie(toastCookie)
	if err != nil || value == "" {
		return nil
	}
	s.cookie(c, toastCookie, "", -1)
	var t toast
	if b, err := base64.RawURLEncoding.DecodeString(value); err != nil || json.Unmarshal(b, &t) != nil {
		return nil
	}
	t.Undo = Local(t.Undo, "")
	return &t
}

// cookie sets a cookie of the whole site that no script reads; maxAge in seconds, -1 takes it away.
func (s *Site) cookie(c *gin.Context, name, value string, maxAge int) {
	http.SetCookie(c.Writer, &http.Cookie{Name: name, Value: value, Path: "/", MaxAge: maxAge, HttpOnly: true, Secure: s.TLS(), SameSite: http.SameSiteLaxMode})
}
