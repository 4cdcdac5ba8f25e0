package media

import (
	"bufio"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"keepsake/campaigns/fault"
)

// fakeS3 speaks as much of S3 as we use, for one bucket "shop". It believes every signature.
type fakeS3 struct {
	mu      sync.Mutex
	objects map[string][]byte
	types   map[string]string
	status  int    // when it is to refuse
	code    string // and with which word
}

func newS3(t *testing.T) (*fakeS3, *Bucket) {
	t.Helper()
	f := &fakeS3{objects: map[string][]byte{}, types: map[string]string{}}
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	b, err := S3{Endpoint: strings.TrimPrefix(server.URL, "http://"), Plain: true, Region: "us-east-1", Bucket: "shop", Prefix: "kept/", AccessKey: "key", SecretKey: "secret"}.Open()
	if err != nil {
		t.Fatal(err)
	}
	return f, b
}

func (f *fakeS3) refuse(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	fmt.Fprintf(w, `<Error><Code>%s</Code><Message>no</Message></Error>`, code)
}

func (f *fakeS3) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	bucket, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	switch {
	case f.status != 0:
		f.refuse(w, f.status, f.code)
	case bucket != "shop":
		f.refuse(w, http.StatusNotFound, "NoSuchBucket")
	case key == "" && r.Method == http.MethodGet:
		f.list(w, r.URL.Query().Get("prefix"))
	case key == "":
		w.WriteHeader(http.StatusOK)
	case r.Method == http.MethodPut:
		f.objects[key], f.types[key] = unchunked(r), r.Header.Get("Content-Type")
		w.Header().Set("ETag", `"1"`)
	case r.Method == http.MethodDelete:
		delete(f.objects, key)
		w.WriteHeader(http.StatusNoContent)
	case f.objects[key] == nil:
		f.refuse(w, http.StatusNotFound, "NoSuchKey")
	default:
		w.Header().Set("ETag", `"1"`)
		w.Header().Set("Last-Modified", "Tue, 03 Mar 2026 09:00:00 GMT")
		w.Header().Set("Content-Type", f.types[key])
		w.Header().Set("Content-Length", strconv.Itoa(len(f.objects[key])))
		_, _ = w.Write(f.objects[key])
	}
}

func (f *fakeS3) list(w http.ResponseWriter, prefix string) {
	type object struct{ Key string }
	var answer struct {
		XMLName  xml.Name `xml:"ListBucketResult"`
		Contents []object
	}
	for key := range f.objects {
		if strings.HasPrefix(key, prefix) {
			answer.Contents = append(answer.Contents, object{key})
		}
	}
	w.Header().Set("Content-Type", "application/xml")
	_ = xml.NewEncoder(w).Encode(answer)
}

// unchunked is the body without the signatures between its parts.
func unchunked(r *http.Request) []byte {
	if !strings.HasPrefix(r.Header.Get("X-Amz-Content-Sha256"), "STREAMING-") {
		b, _ := io.ReadAll(r.Body)
		return b
	}
	var out []byte
	in := bufio.NewReader(r.Body)
	for {
		line, err := in.ReadString('\n')
		size, _, _ := strings.Cut(strings.TrimSpace(line), ";")
		n, bad := strconv.ParseInt(size, 16, 64)
		if err != nil || bad != nil || n == 0 {
			_, _ = io.Copy(io.Discard, in)
			return out
		}
		part := make([]byte, n+2)
		_, _ = io.ReadFull(in, part)
		out = append(out, part[:n]...)
	}
}

// exercise holds a store to what Store promises.
func exercise(t *testing.T, s Store) {
	t.Helper()
	ctx := t.Context()
	const name = "0123456789abcdef01234567.png"
	if _, _, err := s.Get(ctx, name); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("what is not there: %v", err)
	}
	for _, data := range []string{"first", "second"} {
		if err := s.Put(ctx, name, "image/png", []byte(data)); err != nil {
			t.Fatal(err)
		}
		got, info, err := Read(ctx, s, name)
		if err != nil || string(got) != data || info.Type != "image/png" || info.Bytes != int64(len(data)) {
			t.Errorf("got %q, %+v, %v", got, info, err)
		}
	}
	for _, bad := range []string{"../secret.key", "a/b.png", "x.svg", ".new-1", ""} {
		if err := s.Put(ctx, bad, "image/png", []byte("x")); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("put %q: %v", bad, err)
		}
		if _, _, err := s.Get(ctx, bad); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("get %q: %v", bad, err)
		}
	}
	var names []string
	if err := s.Each(ctx, func(n string) error { names = append(names, n); return nil }); err != nil || !slices.Equal(names, []string{name}) {
		t.Errorf("it holds %v, %v", names, err)
	}
	for range 2 { // the second time it is gone already
		if err := s.Delete(ctx, name); err != nil {
			t.Error(err)
		}
	}
	if _, _, err := s.Get(ctx, name); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("deleted: %v", err)
	}
}

func TestTheFolderKeepsFiles(t *testing.T) { exercise(t, Disk(t.TempDir()+"/media")) }

func TestTheBucketKeepsFiles(t *testing.T) {
	_, b := newS3(t)
	exercise(t, b)
	if err := b.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestAFolderFromBeforeTheBucketIsStillRead(t *testing.T) {
	f, b := newS3(t)
	disk := Disk(t.TempDir())
	exercise(t, Both{b, disk})
	if err := disk.Put(t.Context(), "ab.png", "image/png", []byte("old")); err != nil {
		t.Fatal(err)
	}
	both := Both{b, disk}
	for _, away := range []bool{false, true} {
		if away {
			f.status, f.code = http.StatusForbidden, "AccessDenied"
		}
		if got, _, err := Read(t.Context(), both, "ab.png"); err != nil || string(got) != "old" {
			t.Errorf("away %v: %q, %v", away, got, err)
		}
	}
}

func TestAFileIsWrittenWholeOrNotAtAll(t *testing.T) {
	dir := t.TempDir()
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if err := Disk(dir).Put(context.Background(), "ab.jpg", "image/jpeg", []byte("the same picture")); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 1 {
		t.Errorf("%d files, %v", len(files), err)
	}
}

func TestTheBucketsTroubleIsSaidInWords(t *testing.T) {
	f, b := newS3(t)
	for _, c := range []struct {
		status int
		code   string
		words  string
	}{
		{http.StatusForbidden, "AccessDenied", "refuses our keys"}, {http.StatusForbidden, "SignatureDoesNotMatch", "refuses our keys"},
		{http.StatusForbidden, "InvalidAccessKeyId", "refuses our keys"}, {http.StatusNotFound, "NoSuchBucket", "no bucket shop"},
		{http.StatusInsufficientStorage, "XMinioStorageFull", "is full"}, {http.StatusNotImplemented, "Odd", "trouble of its own (Odd)"},
	} {
		f.status, f.code = c.status, c.code
		err := b.Put(t.Context(), "ab.png", "image/png", []byte("x"))
		if !fault.Is(err, fault.Away) || !strings.Contains(err.Error(), c.words) {
			t.Errorf("%s: %v", c.code, err)
		}
		if _, _, err := b.Get(t.Context(), "ab.png"); !fault.Is(err, fault.Away) {
			t.Errorf("get, %s: %v", c.code, err)
		}
	}
	if f.status, f.code = http.StatusForbidden, "AccessDenied"; !fault.Is(b.Check(t.Context()), fault.Away) {
		t.Error("a bucket that refuses is taken for well")
	}
	nobody, err := S3{Endpoint: "127.0.0.1:1", Plain: true, Region: "us-east-1", Bucket: "shop", AccessKey: "k", SecretKey: "s"}.Open()
	if err != nil {
		t.Fatal(err)
	}
	if err := nobody.Delete(t.Context(), "ab.png"); !fault.Is(err, fault.Away) || !strings.Contains(err.Error(), "does not answer") {
		t.Errorf("nobody there: %v", err)
	}
}

// A bucket may send a large file slowly; only one that says nothing is given up.
func TestASlowFileComesWholeAndASilentBucketIsGivenUp(t *testing.T) {
	const name, silent = "0123456789abcdef01234567.png", "0123456789abcdef01234568.png"
	next, within := make(chan string), 300*time.Millisecond
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, silent) {
			<-r.Context().Done()
			return
		}
		head := w.Header()
		head.Set("ETag", `"1"`)
		head.Set("Last-Modified", "Tue, 03 Mar 2026 09:00:00 GMT")
		head.Set("Content-Length", "6")
		for range 2 {
			select {
			case piece := <-next:
				_, _ = io.WriteString(w, piece)
				w.(http.Flusher).Flush()
			case <-r.Context().Done():
				return
			}
		}
	}))
	defer server.Close()
	b, err := S3{Endpoint: strings.TrimPrefix(server.URL, "http://"), Plain: true, Region: "us-east-1", Bucket: "shop", AccessKey: "key", SecretKey: "secret"}.Open()
	if err != nil {
		t.Fatal(err)
	}
	b.within = within
	if _, _, err := b.Get(t.Context(), silent); !fault.Is(err, fault.Away) {
		t.Errorf("a bucket that says nothing: %v", err)
	}
	b.within = time.Minute
	go func() { next <- "one" }()
	r, _, err := b.Get(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	piece := make([]byte, 3)
	if _, err := io.ReadFull(r, piece); err != nil {
		t.Fatal(err)
	}
	if r.(opened).late.Stop() {
		t.Error("the time runs while nobody reads")
	}
	go func() { next <- "two" }()
	if rest, err := io.ReadAll(r); err != nil || string(piece)+string(rest) != "onetwo" {
		t.Errorf("got %q and %q, %v", piece, rest, err)
	}
}
