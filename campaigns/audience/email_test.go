package audience_test

import (
	"errors"
	"net/mail"
	"strings"
	"testing"
	"unicode/utf8"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
)

func TestCleanEmail(t *testing.T) {
	for given, want := range map[string]string{
		"ana@shop.test": "ana@shop.test", "  ana@shop.test\n": "ana@shop.test", "Ana@Shop.TEST": "Ana@shop.test", "ana+tea@shop.test": "ana+tea@shop.test",
		"a@b.co": "a@b.co", "ana.b_c-d@mail.shop.example": "ana.b_c-d@mail.shop.example", "o'hara@shop.test": "o'hara@shop.test",
		"ana@магазин.бг": "ana@магазин.бг", "ana@xn--80aaenlw3a0j.xn--90ae": "ana@xn--80aaenlw3a0j.xn--90ae", "иван@пример.бг": "иван@пример.бг",
		"ana@shop.photography": "ana@shop.photography", strings.Repeat("a", 64) + "@shop.test": strings.Repeat("a", 64) + "@shop.test",
		"cafe\u0301@shop.test": "caf\u00e9@shop.test",
	} {
		if got, err := audience.CleanEmail(given); err != nil || got != want {
			t.Errorf("%q: %q, %v; want %q", given, got, err, want)
		}
	}
	for name, bad := range map[string]string{
		"nothing": "", "no at": "ana", "no local part": "@shop.test", "no domain": "ana@", "two ats": "a@b@shop.test", "no dot": "ana@localhost",
		"a display name": "Ana <ana@shop.test>", "quoted": `"ana b"@shop.test`, "a comment": "ana(x)@shop.test", "a literal": "ana@[127.0.0.1]",
		"a space": "an a@shop.test", "dots in a row": "a..b@shop.test", "a dot first": ".a@shop.test", "a dot last": "a.@shop.test",
		"an empty label": "ana@shop..test", "a hyphen first": "ana@-shop.test", "a hyphen last": "ana@shop-.test", "a long label": "ana@" + strings.Repeat("a", 64) + ".test",
		"a long local part": strings.Repeat("a", 65) + "@shop.test", "too long": "a@" + strings.Repeat("a.", 130) + "test", "a line feed": "ana\n@shop.test",
		"another header": "ana@shop.test\r\nBcc: x@evil.test", "NUL": "ana\x00@shop.test", "right to left": "ana\u202e@shop.test", "invisible": "an\u200ba@shop.test",
		"not UTF-8": "ana\xff@shop.test", "two addresses": "a@shop.test,b@shop.test", "a comma": "a,b@shop.test", "an underscore in the domain": "ana@sh_op.test",
		"a space in the domain": "ana@sh op.test", "a full-width at": "ana＠shop.test",
	} {
		got, err := audience.CleanEmail(bad)
		if f, ok := errors.AsType[*fault.Error](err); !ok || len(f.Fields) != 1 || f.Fields[0].Field != "email" {
			t.Errorf("%s: %q, %v; want a fault about the email", name, got, err)
		}
	}
}

func TestOnePersonHasOneForm(t *testing.T) {
	for _, same := range [][]string{{"Ana@Shop.test", "ana@shop.TEST"}, {"ana@магазин.бг", "ana@МАГАЗИН.БГ", "ana@xn--80aairftm.xn--90ae"}} {
		first, err := audience.CleanEmail(same[0])
		if err != nil {
			t.Fatal(err)
		}
		for _, other := range same[1:] {
			clean, err := audience.CleanEmail(other)
			if err != nil || audience.NormEmail(clean) != audience.NormEmail(first) {
				t.Errorf("%q and %q are two people, %v", first, other, err)
			}
		}
	}
}

func FuzzCleanEmail(f *testing.F) {
	for _, s := range []string{"ana@shop.test", "иван@пример.бг", "a@b", "\"q\"@x.y", "a@[::1]", "a\x00@b.c", "a@\u202e.c", strings.Repeat("x", 300) + "@y.z", "ﬀ@ﬀ.com", "a@ß.de", "e\u0301@x.y"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		clean, err := audience.CleanEmail(s)
		if err != nil {
			return
		}
		again, err := audience.CleanEmail(clean)
		if err != nil || again != clean {
			t.Errorf("%q is clean, and cleaned again %q, %v", clean, again, err)
		}
		if !utf8.ValidString(clean) || strings.ContainsAny(clean, "\r\n\x00 <>,;") || strings.Count(clean, "@") != 1 {
			t.Errorf("%q is let through", clean)
		}
		norm := audience.NormEmail(clean)
		if audience.NormEmail(norm) != norm {
			t.Errorf("%q has the forms %q and %q", clean, norm, audience.NormEmail(norm))
		}
		if _, err := mail.ParseAddress(clean); err != nil {
			t.Errorf("%q is no address for net/mail: %v", clean, err)
		}
	})
}

func FuzzCleanName(f *testing.F) {
	for _, s := range []string{"Ana", "<script>", "a\r\nBcc: b", "\u202eevil", "=1+1", "\x00", strings.Repeat("я", 500)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		name := audience.CleanName(s)
		if !utf8.ValidString(name) || strings.ContainsAny(name, "\r\n\t\x00") || utf8.RuneCountInString(name) > 200 || name != strings.TrimSpace(name) {
			t.Errorf("%q becomes %q", s, name)
		}
		if again := audience.CleanName(name); again != name {
			t.Errorf("%q becomes %q and then %q", s, name, again)
		}
	})
}

func TestOneMailboxUnderTwoAddresses(t *testing.T) {
	for a, b := range map[string]string{"ana@shop.test": "Ana+2@SHOP.test", "a.n.a@gmail.com": "ana+x@googlemail.com"} {
		if !audience.SameMailbox(a, b) {
			t.Errorf("%s and %s are told apart", a, b)
		}
	}
	for a, b := range map[string]string{"ana@shop.test": "ana@other.test", "a.na@shop.test": "ana@shop.test", "ana@x.test": "nora@x.test"} {
		if audience.SameMailbox(a, b) {
			t.Errorf("%s and %s are taken for one", a, b)
		}
	}
}
