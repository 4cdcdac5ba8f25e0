package inbound

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// imapBox is a folder of an IMAP account (RFC 9051, RFC 3501).
type imapBox struct {
	Account
	c        *imapclient.Client
	line     timed
	validity uint32
}

func (a Account) imap(line timed) (box, error) {
	b := &imapBox{Account: a, line: line}
	o := &imapclient.Options{TLSConfig: a.tls()}
	if a.TLS == "starttls" {
		c, err := imapclient.NewStartTLS(line, o)
		if err != nil {
			return nil, fmt.Errorf("starttls: %w", err)
		}
		b.c = c
	} else {
		b.c = imapclient.New(line, o)
	}
	if err := b.c.Login(a.Username, a.Password).Wait(); err != nil {
		b.c.Close()
		return nil, fmt.Errorf("sign in: %w", err)
	}
	data, err := b.c.Select(a.Folder, nil).Wait()
	if err != nil {
		b.c.Close()
		return nil, fmt.Errorf("open the folder: %w", err)
	}
	b.validity = data.UIDValidity
	if folder, ok := strings.CutPrefix(a.Done, moveDone); ok {
		b.c.Create(folder, nil).Wait() // most often it is there
	}
	return b, nil
}

// key holds the UIDVALIDITY: when it changes, all UIDs are new (RFC 9051 §2.3.1.1).
func (b *imapBox) key() string {
	return b.name(b.Folder, strconv.FormatUint(uint64(b.validity), 10))
}

func (b *imapBox) deadline(at time.Time) { b.line.until(at) }

func (b *imapBox) list() ([]string, error) {
	found, err := b.c.UIDSearch(&imap.SearchCriteria{NotFlag: []imap.Flag{imap.FlagDeleted}}, nil).Wait()
	if err != nil {
		return nil, err
	}
	uids := found.AllUIDs()
	slices.Sort(uids)
	all := make([]string, len(uids))
	for i, u := range uids {
		all[i] = strconv.FormatUint(uint64(u), 10)
	}
	return all, nil
}

func (b *imapBox) fetch(uid string) ([]byte, error) {
	section := &imap.FetchItemBodySection{Peek: true, Partial: &imap.SectionPartial{Offset: 0, Size: MaxLetter}}
	cmd := b.c.Fetch(set(uid), &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{section}})
	data, err := body(cmd)
	if err = errors.Join(err, cmd.Close()); err != nil {
		return nil, refusal(err)
	}
	if data == nil { // gone meanwhile, or never whole
		return nil, &brokenError{errors.New("the server does not show it")}
	}
	return data, nil
}

func body(cmd *imapclient.FetchCommand) (data []byte, err error) {
	for m := cmd.Next(); m != nil; m = cmd.Next() {
		for item := m.Next(); item != nil; item = m.Next() {
			s, ok := item.(imapclient.FetchItemDataBodySection)
			if !ok || s.Literal == nil {
				continue
			}
			if data, err = io.ReadAll(io.LimitReader(s.Literal, MaxLetter)); err != nil {
				return nil, err
			}
		}
	}
	return data, nil
}

// refusal tells the server's NO to one letter from a connection that ended.
func refusal(err error) error {
	if e, ok := errors.AsType[*imap.Error](err); ok && e.Type != imap.StatusResponseTypeBye {
		return &brokenError{e}
	}
	return err
}

func (b *imapBox) clear(uid string) error { return refusal(b.release(uid)) }

// release moves a letter, or deletes it.
func (b *imapBox) release(uid string) error {
	if folder, ok := strings.CutPrefix(b.Done, moveDone); ok {
		if b.c.Caps().Has(imap.CapMove) {
			_, err := b.c.Move(set(uid), folder).Wait()
			return err
		}
		if _, err := b.c.Copy(set(uid), folder).Wait(); err != nil {
			return err
		}
	}
	return b.remove(uid)
}

// remove deletes one letter. Without UIDPLUS it is only marked: EXPUNGE would take what
// others have marked as well.
func (b *imapBox) remove(uid string) error {
	flags := &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: []imap.Flag{imap.FlagDeleted}}
	if err := b.c.Store(set(uid), flags, nil).Close(); err != nil {
		return err
	}
	if !b.c.Caps().Has(imap.CapUIDPlus) && !b.c.Caps().Has(imap.CapIMAP4rev2) {
		return nil
	}
	return b.c.UIDExpunge(set(uid)).Close()
}

func set(uid string) imap.UIDSet {
	n, _ := strconv.ParseUint(uid, 10, 32) // we wrote it
	return imap.UIDSetNum(imap.UID(n))
}

func (b *imapBox) close() error {
	b.c.Logout().Wait() // what is deleted is deleted, whatever it answers
	b.c.Close()
	return nil
}
