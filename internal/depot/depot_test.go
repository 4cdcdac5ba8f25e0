package depot_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"

	"keepsake/campaigns"
	"keepsake/campaigns/fault"
	"keepsake/internal/depot"
)

// house is a depot that may go to this machine; sealing is left to link's own tests.
func house(folder string, allow ...string) depot.Depot {
	return depot.Depot{Folder: folder, Allow: allow, Unseal: func(sealed string) (string, error) { return strings.TrimPrefix(sealed, "sealed:"), nil }}
}

func file(t *testing.T, content []byte) *os.File {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "file"))
	if err == nil {
		_, err = f.Write(content)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func TestAFileGoesToTheOperatorsFolderAndNowhereElse(t *testing.T) {
	folder, outside := t.TempDir(), t.TempDir()
	d := house(folder)
	to := campaigns.Destination{Kind: campaigns.ToFolder, Folder: "daily/bg", Replace: true}
	for _, content := range []string{"first", "second, which is longer", "third"} {
		if err := d.Put(t.Context(), to, "people.csv", file(t, []byte(content))); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join(folder, "daily/bg/people.csv"))
		if err != nil || string(got) != content {
			t.Errorf("%q, %v", got, err)
		}
	}
	if left, err := d.Try(t.Context(), to); err != nil || left != "" {
		t.Errorf("a try: %q, %v", left, err)
	}
	if there, _ := os.ReadDir(filepath.Join(folder, "daily/bg")); len(there) != 1 {
		t.Errorf("a try leaves %v", there)
	}
	if err := os.Symlink(outside, filepath.Join(folder, "link")); err != nil {
		t.Fatal(err)
	}
	for _, to.Folder = range []string{"../x", "link", "daily/../../x"} {
		if err := d.Put(t.Context(), to, "people.csv", file(t, []byte("x"))); !fault.Is(err, fault.Away) {
			t.Errorf("%s: %v", to.Folder, err)
		}
	}
	if left, _ := os.ReadDir(outside); len(left) != 0 {
		t.Errorf("outside stands %v", left)
	}
	if err := house("").Put(t.Context(), to, "people.csv", file(t, nil)); !fault.Is(err, fault.Invalid) {
		t.Errorf("without a folder: %v", err)
	}
}

// bucket speaks as much of S3 as an upload needs, in one piece or in parts, and believes every signature.
type bucket struct {
	mu      sync.Mutex
	objects map[string][]byte
	parts   map[int][]byte
	refuse  string // an error code
	keeps   bool   // nobody may remove
	written int
}

func (b *bucket) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	q, key := r.URL.Query(), strings.TrimPrefix(r.URL.Path, "/shop/")
	w.Header().Set("ETag", `"1"`)
	switch {
	case b.refuse != "" || !strings.HasPrefix(r.URL.Path, "/shop/") || !strings.Contains(r.Header.Get("Authorization"), "Credential=key/"):
		w.WriteHeader(map[string]int{"": http.StatusForbidden, "NoSuchBucket": http.StatusNotFound, "AccessDenied": http.StatusForbidden, "EntityTooLarge": http.StatusBadRequest}[b.refuse])
		fmt.Fprintf(w, "<Error><Code>%s</Code></Error>", b.refuse)
	case r.Method == http.MethodPost && q.Has("uploads"):
		b.parts = map[int][]byte{}
		fmt.Fprint(w, `<InitiateMultipartUploadResult><Bucket>shop</Bucket><UploadId>1</UploadId></InitiateMultipartUploadResult>`)
	case r.Method == http.MethodPut && q.Has("partNumber"):
		n, _ := strconv.Atoi(q.Get("partNumber"))
		b.parts[n] = unchunked(r)
	case r.Method == http.MethodPost:
		for n := 1; n <= len(b.parts); n++ {
			b.objects[key] = append(b.objects[key], b.parts[n]...)
		}
		fmt.Fprint(w, `<CompleteMultipartUploadResult><Bucket>shop</Bucket><ETag>"1"</ETag></CompleteMultipartUploadResult>`)
	case r.Method == http.MethodDelete && b.keeps:
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprint(w, `<Error><Code>AccessDenied</Code></Error>`)
	case r.Method == http.MethodDelete:
		delete(b.objects, key)
		w.WriteHeader(http.StatusNoContent)
	default:
		b.written++
		b.objects[key] = unchunked(r)
	}
}

// unchunked is the body without the signatures between its parts.
func unchunked(r *http.Request) (out []byte) {
	if !strings.HasPrefix(r.Header.Get("X-Amz-Content-Sha256"), "STREAMING-") {
		out, _ = io.ReadAll(r.Body)
		return out
	}
	for in := bufio.NewReader(r.Body); ; {
		line, err := in.ReadString('\n')
		size, _, _ := strings.Cut(strings.TrimSpace(line), ";")
		n, _ := strconv.ParseInt(size, 16, 64)
		if err != nil || n == 0 {
			return out
		}
		piece := make([]byte, n+2)
		_, _ = io.ReadFull(in, piece)
		out = append(out, piece[:n]...)
	}
}

func TestATryOfAServerThatSaysNothingEnds(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	_, private, _ := ed25519.GenerateKey(rand.Reader)
	key, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	to := campaigns.Destination{Host: silent.Addr().String(), Bucket: "shop", Region: "us-east-1", Plain: true, Username: "key", Secret: "sealed:secret", HostKey: string(ssh.MarshalAuthorizedKey(key.PublicKey()))}
	for _, to.Kind = range []string{campaigns.ToS3, campaigns.ToSFTP} {
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		if _, err := house("", "127.0.0.1").Try(ctx, to); !fault.Is(err, fault.Away) || !strings.Contains(err.Error(), "does not answer") {
			t.Errorf("%s: %v", to.Kind, err)
		}
		cancel()
	}
}

func TestAFileGoesToABucketWhole(t *testing.T) {
	b := &bucket{objects: map[string][]byte{}}
	server := httptest.NewServer(b)
	defer server.Close()
	host := strings.TrimPrefix(server.URL, "http://")
	to := campaigns.Destination{Kind: campaigns.ToS3, Host: host, Bucket: "shop", Folder: "exports/daily", Region: "us-east-1", Plain: true, Username: "key", Secret: "sealed:secret"}
	d := house("", host)
	large := bytes.Repeat([]byte("0123456789abcdef"), 2<<20) // 32 MB: two parts
	for name, content := range map[string][]byte{"small.csv": []byte("email\r\n"), "large.csv": large} {
		if err := d.Put(t.Context(), to, name, file(t, content)); err != nil || !bytes.Equal(b.objects["exports/daily/"+name], content) {
			t.Errorf("%s: %d bytes of %d, %v", name, len(b.objects["exports/daily/"+name]), len(content), err)
		}
	}
	clear(b.objects)
	b.written = 0
	if left, err := d.Try(t.Context(), to); err != nil || left != "" || b.written != 1 || len(b.objects) != 0 {
		t.Errorf("a try: %q, %v, %d written, %d left", left, err, b.written, len(b.objects))
	}
	b.keeps = true
	if left, err := d.Try(t.Context(), to); err != nil || !strings.HasPrefix(left, "exports/daily/keepsake-try-") || len(b.objects) != 1 {
		t.Errorf("a try where nothing may be removed: %q, %v", left, err)
	}
	b.refuse = "AccessDenied"
	if _, err := d.Try(t.Context(), to); err == nil || !strings.Contains(err.Error(), "refuses our keys") {
		t.Errorf("a try with wrong keys: %v", err)
	}
	for code, says := range map[string]string{"NoSuchBucket": "no bucket shop", "AccessDenied": "refuses our keys", "EntityTooLarge": "refused the file"} {
		b.refuse = code
		if err := d.Put(t.Context(), to, "x.csv", file(t, []byte("x"))); !fault.Is(err, fault.Away) || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", code, err)
		}
	}
	if err := house("").Put(t.Context(), to, "x.csv", file(t, []byte("x"))); err == nil || !strings.Contains(err.Error(), "allow_fetch") {
		t.Errorf("a private address: %v", err)
	}
}

// server is an SFTP server over a folder of ours.
type server struct {
	address string
	key     ssh.Signer
	folder  string
}

func newServer(t *testing.T, config *ssh.ServerConfig) server {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	key, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	config.AddHostKey(key)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := server{l.Addr().String(), key, t.TempDir()}
	var work sync.WaitGroup
	t.Cleanup(func() { l.Close(); work.Wait() })
	work.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			work.Go(func() { s.serve(c, config) })
		}
	})
	return s
}

func (s server) serve(c net.Conn, config *ssh.ServerConfig) {
	defer c.Close()
	_, channels, requests, err := ssh.NewServerConn(c, config)
	if err != nil {
		return
	}
	go ssh.DiscardRequests(requests)
	for one := range channels {
		channel, asked, err := one.Accept()
		if err != nil {
			return
		}
		go func() {
			for r := range asked {
				_ = r.Reply(r.Type == "subsystem", nil)
			}
		}()
		if files, err := sftp.NewServer(channel, sftp.WithServerWorkingDirectory(s.folder)); err == nil {
			_ = files.Serve()
		}
		channel.Close()
	}
}

func TestAFileGoesToAnSFTPServerThatShowsThePinnedKey(t *testing.T) {
	_, private, _ := ed25519.GenerateKey(rand.Reader)
	mine, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(private, "")
	if err != nil {
		t.Fatal(err)
	}
	s := newServer(t, &ssh.ServerConfig{
		PasswordCallback: func(c ssh.ConnMetadata, password []byte) (*ssh.Permissions, error) {
			if c.User() != "shop" || string(password) != "secret" {
				return nil, fmt.Errorf("no")
			}
			return nil, nil
		},
		PublicKeyCallback: func(_ ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
			if !bytes.Equal(key.Marshal(), mine.PublicKey().Marshal()) {
				return nil, fmt.Errorf("no")
			}
			return nil, nil
		}})
	line := string(ssh.MarshalAuthorizedKey(s.key.PublicKey()))
	to := campaigns.Destination{Kind: campaigns.ToSFTP, Host: s.address, Folder: "in/daily", Username: "shop", Secret: "sealed:secret", HostKey: "# " + s.address + " SSH-2.0\n" + "[127.0.0.1]:2222 " + line}
	d := house("", "127.0.0.1")
	for _, content := range [][]byte{bytes.Repeat([]byte("a line\r\n"), 200_000), []byte("shorter")} {
		if err := d.Put(t.Context(), to, "people.csv", file(t, content)); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(filepath.Join(s.folder, "in/daily/people.csv")); err != nil || !bytes.Equal(got, content) {
			t.Errorf("%d bytes of %d, %v", len(got), len(content), err)
		}
	}
	if left, _ := os.ReadDir(filepath.Join(s.folder, "in/daily")); len(left) != 1 {
		t.Errorf("there stand %v", left)
	}
	if left, err := d.Try(t.Context(), to); err != nil || left != "" {
		t.Errorf("a try: %q, %v", left, err)
	}
	if there, _ := os.ReadDir(filepath.Join(s.folder, "in/daily")); len(there) != 1 {
		t.Errorf("a try leaves %v", there)
	}
	byKey := to
	byKey.Secret, byKey.HostKey = "sealed:"+string(pem.EncodeToMemory(block)), line
	if err := d.Put(t.Context(), byKey, "by-key.csv", file(t, []byte("x"))); err != nil {
		t.Errorf("by a private key: %v", err)
	}
	for name, one := range map[string]struct {
		change func(*campaigns.Destination)
		says   string
	}{
		"another key":    {func(d *campaigns.Destination) { d.HostKey = string(ssh.MarshalAuthorizedKey(mine.PublicKey())) }, "shows another host key (SHA256:"},
		"a wrong secret": {func(d *campaigns.Destination) { d.Secret = "sealed:guess" }, "refuses the user name or the secret"},
		"no host key":    {func(d *campaigns.Destination) { d.HostKey = "ssh-dss AAAA" }, "no host key"},
		"nobody there":   {func(d *campaigns.Destination) { d.Host = "127.0.0.1:1" }, "does not answer"},
		"a broken key":   {func(d *campaigns.Destination) { d.Secret = "-----BEGIN OPENSSH PRIVATE KEY-----\nx" }, "cannot be read"},
	} {
		wrong := to
		one.change(&wrong)
		if err := d.Put(t.Context(), wrong, "x.csv", file(t, []byte("x"))); err == nil || !strings.Contains(err.Error(), one.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := d.Put(ctx, to, "x.csv", file(t, []byte("x"))); err == nil {
		t.Error("a stopped export was uploaded")
	}
}
