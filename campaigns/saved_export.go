package campaigns

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"path"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
)

// SavedExport is an export that is made again and again and brought to its place.
type SavedExport struct {
	ID     int64           `json:"id"`
	Name   string          `json:"name"`
	Export audience.Export `json:"export"`
	Cron   string          `json:"cron"` // "" is only when somebody asks for it
	Zone   string          `json:"zone"` // in which Cron is read
	To     Destination     `json:"to"`
	Paused bool            `json:"paused"`
	// NextRunAt is when it runs next by itself; nil for never.
	NextRunAt *time.Time `json:"next_run_at,omitempty"`
	LastJobID int64      `json:"last_export_id,omitempty"`
	CreatedAt time.Time  `json:"created_at"`
	UpdatedAt time.Time  `json:"updated_at"`
}

// Destination is where the file of a saved export goes.
type Destination struct {
	Kind     string `json:"kind"`               // Here, ToFolder, ToS3 or ToSFTP
	Folder   string `json:"folder,omitempty"`   // below the operator's folder, of the bucket, or on the server
	Replace  bool   `json:"replace,omitempty"`  // each file takes the place of the one before; else each has its moment in its name
	Host     string `json:"host,omitempty"`     // of the bucket or the server; with a port where it is not the usual one
	Bucket   string `json:"bucket,omitempty"`   // of S3
	Region   string `json:"region,omitempty"`   // of S3
	Plain    bool   `json:"plain,omitempty"`    // S3 without TLS
	Username string `json:"username,omitempty"` // of the server; of S3 the access key
	HostKey  string `json:"host_key,omitempty"` // of the server, as known_hosts or ssh-keyscan writes it
	Secret   string `json:"-"`                  // sealed: the password or private key, of S3 the secret key
}

// SavedRun is what one run of a saved export writes, and where that goes.
type SavedRun struct {
	audience.Export
	Goes string `json:"goes,omitempty"` // the Mark of the destination when the run was asked for; "" of a run of an earlier version
}

// Mark stands for a destination, but for its secret: it changes with where a file ends up.
func (d Destination) Mark() string {
	d.Secret = ""
	b, _ := json.Marshal(d) // texts alone
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// The kinds of Destination.
const (
	Here     = "here"   // the job keeps it, for seven days
	ToFolder = "folder" // of this machine
	ToS3     = "s3"
	ToSFTP   = "sftp"
)

// ExportSecretUse is the use under which a destination's secret is sealed.
const ExportSecretUse = "export"

// Validate tidies the fields and says which to correct.
func (s *SavedExport) Validate() error {
	s.Name, s.Cron = audience.CleanName(s.Name), strings.TrimSpace(s.Cron)
	var errs []error
	if s.Name == "" || utf8.RuneCountInString(s.Name) > 200 {
		errs = append(errs, fault.Field("name", "Give the saved export a name of at most %d characters.", 200))
	}
	if s.Cron != "" {
		errs = append(errs, Trigger{Cron: s.Cron, Zone: s.Zone}.Validate())
	}
	return fault.Join(append(errs, s.Export.Validate(), s.To.Validate())...)
}

// Next is the first moment of the schedule after the given one; nil when it is paused or there is none.
func (s SavedExport) Next(after time.Time) *time.Time {
	if s.Paused || s.Cron == "" {
		return nil
	}
	next, err := Trigger{Cron: s.Cron, Zone: s.Zone}.Next(after)
	if err != nil || next.IsZero() {
		return nil
	}
	return &next
}

// File is what the file of a run at that moment is called.
func (s SavedExport) File(at time.Time) string {
	name := cmp.Or(audience.Label(s.Name), "export-"+strconv.FormatInt(s.ID, 10))
	if !s.To.Replace {
		name += at.UTC().Format("-2006-01-02T150405Z")
	}
	return name + s.Export.Extension()
}

// Validate tidies the fields and says which to correct.
func (d *Destination) Validate() error {
	for _, text := range []*string{&d.Host, &d.Bucket, &d.Region, &d.Username, &d.HostKey, &d.Folder} {
		*text = strings.TrimSpace(*text)
	}
	d.Folder = strings.TrimSuffix(d.Folder, "/")
	if d.Kind != ToSFTP { // there alone a folder may stand elsewhere than below another
		d.Folder = strings.TrimPrefix(d.Folder, "/")
	}
	if d.Folder != "" && (path.Clean(d.Folder) != d.Folder || strings.HasPrefix(d.Folder, "..") || strings.ContainsAny(d.Folder, "\\\x00\n\r") || len(d.Folder) > 500) {
		return fault.Field("folder", "Name the folder plainly, such as exports/daily: without “..” and “//”.")
	}
	switch d.Kind {
	case "", Here:
		*d = Destination{Kind: Here}
	case ToFolder:
		*d = Destination{Kind: ToFolder, Folder: d.Folder, Replace: d.Replace}
	case ToS3:
		return d.validateS3()
	case ToSFTP:
		return d.validateSFTP()
	default:
		return fault.Field("kind", "A file stays here, or goes to a folder, to S3 or to an SFTP server.")
	}
	return nil
}

func (d *Destination) validateS3() error {
	d.Region, d.HostKey = cmp.Or(d.Region, "us-east-1"), ""
	var errs []error
	if badHost(d.Host) {
		errs = append(errs, fault.Field("host", "Give the host without https://, such as s3.eu-central-1.amazonaws.com."))
	}
	if d.Bucket == "" || strings.ContainsAny(d.Bucket, "/ ") {
		errs = append(errs, fault.Field("bucket", "Give the bucket's name."))
	}
	if d.Username == "" {
		errs = append(errs, fault.Field("username", "Give the access key."))
	}
	if d.Secret == "" {
		errs = append(errs, fault.Field("secret", "Give the secret key."))
	}
	return fault.Join(errs...)
}

func (d *Destination) validateSFTP() error {
	d.Bucket, d.Region, d.Plain = "", "", false
	var errs []error
	if badHost(d.Host) {
		errs = append(errs, fault.Field("host", "Give the server's name, such as sftp.example.org or sftp.example.org:2222."))
	}
	if d.Username == "" {
		errs = append(errs, fault.Field("username", "Give the user name on the server."))
	}
	if d.Secret == "" {
		errs = append(errs, fault.Field("secret", "Give the password, or the private key."))
	}
	if d.HostKey == "" || len(d.HostKey) > 5000 {
		errs = append(errs, fault.Field("host_key", "Give the server's host key, as ssh-keyscan prints it: only a server that has it gets the file."))
	}
	return fault.Join(errs...)
}

func badHost(host string) bool {
	return host == "" || len(host) > 300 || strings.ContainsAny(host, "/@ <>\"\\") || strings.Contains(host, "://")
}

// SameAs reports whether a secret given for one destination may go to the other.
func (d Destination) SameAs(other Destination) bool {
	return d.Kind == other.Kind && strings.EqualFold(strings.TrimSpace(d.Host), other.Host) && strings.TrimSpace(d.Username) == other.Username &&
		strings.TrimSpace(d.HostKey) == other.HostKey && (!d.Plain || other.Plain)
}
