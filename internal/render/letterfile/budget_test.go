package letterfile

import (
	"fmt"
	"strings"
	"testing"

	"keepsake/campaigns/fault"
)

func TestPicturesThatAreRefusedCountToo(t *testing.T) {
	var src strings.Builder
	for i := range 3 * mostPictures {
		fmt.Fprintf(&src, `<img src="data:image/png;base64,%08d">`, i)
	}
	tried := 0
	l, err := Read("letter.html", []byte(src.String()), func(string, []byte) (string, error) {
		tried++
		return "", fault.Field("file", "no picture")
	})
	if err != nil || tried != mostPictures {
		t.Errorf("%d tried, %v; want %d", tried, err, mostPictures)
	}
	if len(l.Notes) == 0 || l.Notes[0].Count != 3*mostPictures {
		t.Errorf("told %+v", l.Notes)
	}
}
