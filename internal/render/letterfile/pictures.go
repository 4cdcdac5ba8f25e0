package letterfile

import (
	"encoding/base64"
	"errors"
	"path"
	"strings"

	"keepsake/campaigns/fault"
)

// mostPictures is how many a letter may bring along, of those that can be read or not.
const mostPictures = 100

// picture takes over what an address names, once, and returns the new address. What lies on
// the web stays there: nothing is fetched.
func (c *cleaner) picture(ref string) (string, error) {
	lower := strings.ToLower(ref)
	switch {
	case ref == "", strings.HasPrefix(ref, "#"), strings.HasPrefix(ref, "/media/"), strings.ContainsAny(ref, "\ue000\ue001"):
		return ref, nil
	case strings.HasPrefix(lower, "https://"), strings.HasPrefix(lower, "http://"), strings.HasPrefix(ref, "//"):
		if _, seen := c.urls[ref]; !seen {
			c.urls[ref] = ref
			c.count["web"]++
		}
		return ref, nil
	}
	if url, seen := c.urls[ref]; seen {
		return url, nil
	}
	url, err := c.take(ref, lower)
	c.urls[ref] = url
	return url, err
}

func (c *cleaner) take(ref, lower string) (url string, err error) {
	if found, ok := c.have.find(pathOf(strings.TrimPrefix(ref, "cid:"))); ok {
		if url, seen := c.urls["\x00"+found]; seen {
			return url, nil // another spelling of the same file
		}
		defer func() { c.urls["\x00"+found] = url }()
	}
	name, data, err := c.bytesOf(ref, lower)
	if err != nil {
		return ref, err
	}
	if data == nil {
		c.count["missing"]++
		return ref, nil
	}
	if c.count["tried"] >= mostPictures {
		c.count["unread"]++
		return ref, nil
	}
	c.count["tried"]++ // one that is refused had to be read as well
	url, err = c.keep(name, data)
	if _, refused := errors.AsType[*fault.Error](err); refused {
		c.count["unread"]++
		return ref, nil
	}
	if err != nil {
		return ref, err
	}
	c.count["taken"]++
	return url, nil
}

// bytesOf finds a picture in the address itself or in the zip; nil when it is in neither.
func (c *cleaner) bytesOf(ref, lower string) (name string, data []byte, err error) {
	if strings.HasPrefix(lower, "data:") {
		head, body, _ := strings.Cut(ref, ",")
		if !strings.HasSuffix(strings.ToLower(head), ";base64") {
			return "", nil, nil
		}
		data, err := base64.StdEncoding.DecodeString(strings.Map(func(r rune) rune {
			if r == ' ' || r == '\n' || r == '\r' || r == '\t' {
				return -1
			}
			return r
		}, body))
		if err != nil {
			return "", nil, nil // no picture after all
		}
		return "picture", data, nil
	}
	found, ok := c.have.find(pathOf(strings.TrimPrefix(ref, "cid:")))
	if !ok {
		return "", nil, nil
	}
	data, err = c.have.read(found)
	return path.Base(found), data, err
}

// notes say what was changed, in the order people care about.
func (c *cleaner) notes() []Note {
	all := []Note{}
	for _, n := range []Note{
		{Text: "%d pictures taken over into the shop's pictures.", Count: c.count["taken"]},
		{Text: "%d pictures missing: they are not in the file.", Count: c.count["missing"]},
		{Text: "%d pictures could not be read: they are not PNG, JPEG or GIF, or too large.", Count: c.count["unread"]},
		{Text: "%d pictures stay on the web, where they are: nothing is fetched.", Count: c.count["web"]},
		{Text: "%d scripts removed: mail programs do not run them, and the letter may land in spam.", Count: c.count["script"]},
		{Text: "%d style sheets elsewhere left out: mail programs do not load them.", Count: c.count["sheet"]},
		{Text: "%d style sheets put into the letter.", Count: c.count["css"]},
		{Text: "%d frames and plug-ins removed: mail programs do not show them.", Count: c.count["frame"]},
	} {
		if n.Count > 0 {
			all = append(all, n)
		}
	}
	return all
}
