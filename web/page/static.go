package page

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"sync"

	"github.com/gin-gonic/gin"
)

// Static serves the built-in files under addresses that change with their content, so
// that browsers may keep them for good.
type Static struct {
	files map[string]staticFile
}

type staticFile struct {
	data   []byte
	zipped func() []byte // made when a browser first asks for it
	hash   string
}

// NewStatic reads all files of fsys.
func NewStatic(fsys fs.FS) (*Static, error) {
	s := &Static{files: map[string]staticFile{}}
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(fsys, name)
		sum := sha256.Sum256(data)
		s.files[name] = staticFile{data, sync.OnceValue(func() []byte { return zip(data) }), hex.EncodeToString(sum[:6])}
		return err
	})
	return s, err
}

// zip is the file as it travels; nothing in it is secret.
func zip(data []byte) []byte {
	var out bytes.Buffer
	w, _ := gzip.NewWriterLevel(&out, gzip.BestCompression) // the level is a valid one
	_, _ = w.Write(data)                                    // a Buffer takes everything
	_ = w.Close()
	return out.Bytes()
}

// URL is a file's address.
func (s *Static) URL(name string) string {
	if s == nil {
		return "/static/" + name
	}
	return "/static/" + name + "?v=" + s.files[name].hash
}

var staticTypes = map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8",
	".svg": "image/svg+xml", ".txt": "text/plain; charset=utf-8", ".png": "image/png", ".ico": "image/x-icon"}

// Serve answers /static/*file.
func (s *Static) Serve(c *gin.Context) {
	name := strings.TrimPrefix(c.Param("file"), "/")
	f, ok := s.files[name]
	kind := staticTypes[path.Ext(name)]
	if !ok || kind == "" {
		c.String(http.StatusNotFound, "404")
		return
	}
	if c.Query("v") == f.hash {
		c.Header("Cache-Control", "public, max-age=31536000, immutable")
	} else {
		c.Header("Cache-Control", "no-cache")
	}
	c.Header("ETag", `"`+f.hash+`"`)
	if c.GetHeader("If-None-Match") == `"`+f.hash+`"` {
		c.Status(http.StatusNotModified)
		return
	}
	c.Header("Vary", "Accept-Encoding")
	if strings.Contains(c.GetHeader("Accept-Encoding"), "gzip") {
		c.Header("Content-Encoding", "gzip")
		c.Data(http.StatusOK, kind, f.zipped())
		return
	}
	c.Data(http.StatusOK, kind, f.data)
}
