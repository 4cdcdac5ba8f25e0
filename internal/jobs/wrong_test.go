package jobs_test

import (
	"io"
	"strings"
	"testing"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/ledger"
	"keepsake/internal/exchange"
	"keepsake/internal/jobs"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

// wrongLines is what an import with nothing changed leaves as its file of wrong lines.
func wrongLines(t *testing.T, st *store.Store, r *jobs.Runner, file string, im audience.Import) (string, jobs.Report) {
	t.Helper()
	j := queue(t, st, r, ledger.ImportJob, file, suggestedImport(t, st, file, im))
	must(t, r.Drain(t.Context(), ledger.ImportJob))
	j, rep := report(t, st, j)
	if j.State != ledger.JobFinished {
		t.Fatalf("%s: %s", j.State, j.Error)
	}
	if rep.Reasons == 0 {
		return "", rep
	}
	f, err := r.Reasons(j)
	must(t, err)
	defer f.Close()
	b, err := io.ReadAll(f)
	must(t, err)
	return string(b), rep
}

func TestWrongLinesAreMendedInTheirFileAndImportedAgain(t *testing.T) {
	clock := storetest.NewClock(tuesday)
	storetest.Each(t, clock, func(t *testing.T, st *store.Store) {
		l := storetest.People(t, st, 0)
		size := audience.Attribute{Key: "size", Type: audience.NumberAttribute}
		must(t, size.Validate())
		must(t, st.SaveAttribute(t.Context(), &size))
		r := runner(st, t.TempDir())
		im := audience.Import{List: l.ID, Wording: "till"}
		for name, file := range map[string]string{
			"csv":   "Email,First name,Size\nok@shop.test,Ok,1\nbad.shop.test,=1+1,2\ncsv@shop.test,\"'-B, c\",big\n",
			"jsonl": `{"Email":"ok@shop.test","First name":"Ok","Size":1}` + "\n" + `{"Email":"bad.shop.test","First name":"=1+1","Size":2}` + "\n" + `{"Email":"jsonl@shop.test","First name":"'-B, c","Size":"big"}` + "\n",
		} {
			left, rep := wrongLines(t, st, r, file, im)
			if rep.Wrong != 1 || rep.Untaken != 1 {
				t.Fatalf("%s: %+v", name, rep.ImportCounts)
			}
			for _, want := range []string{"\"keepsake_line\",\"keepsake_reason\",\"Email\",\"First name\",\"Size\"\r\n", `"bad.shop.test","'=1+1","2"`, `"` + name + `@shop.test"`} {
				if !strings.Contains(left, want) {
					t.Errorf("%s lacks %s:\n%s", name, want, left)
				}
			}
			mended := strings.NewReplacer("bad.shop.test", "bad-"+name+"@shop.test", `"big"`, `"38"`).Replace(left)
			again, rep := wrongLines(t, st, r, mended, im)
			if rep.Wrong != 0 || rep.Rows != 2 || again != "" {
				t.Errorf("%s, mended:\n%s\n%+v\n%s", name, mended, rep.ImportCounts, again)
			}
			one, err := st.SubscriberByEmail(t.Context(), "bad-"+name+"@shop.test")
			must(t, err)
			two, err := st.SubscriberByEmail(t.Context(), name+"@shop.test")
			must(t, err)
			if one.FirstName != "=1+1" || two.Attributes["size"] != "38" || len(two.Attributes) != 1 {
				t.Errorf("%s: %+v %+v", name, one, two)
			}
			if name == "csv" && two.FirstName != "-B, c" || name == "jsonl" && two.FirstName != "'-B, c" {
				t.Errorf("%s: %q", name, two.FirstName)
			}
			twice, _ := wrongLines(t, st, r, left, im) // not mended: it is the same file, not one with the columns twice
			if strings.Count(twice, "keepsake_line") != 1 || strings.Count(twice, "\r\n") != 3 || !strings.Contains(twice, `"bad.shop.test","'=1+1","2"`) {
				t.Errorf("%s, once more:\n%s", name, twice)
			}
		}
		all, err := st.Attributes(t.Context())
		must(t, err)
		if len(all) != 1 {
			t.Errorf("the added columns became attributes: %+v", all)
		}
	})
}

func TestALineWithAnOpenQuotationMarkIsMendedInTheFileOfWrongLines(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		r := runner(st, t.TempDir())
		file := "Email,First name,City\nok@shop.test,Ok,Sofia\na@shop.test,\"=Ana,Varna\n=b@shop.test,Bea,\"x\"y\n"
		left, rep := wrongLines(t, st, r, file, audience.Import{})
		if rep.Wrong != 2 || !strings.Contains(left, `"a@shop.test","""=Ana","Varna"`) || !strings.Contains(left, `"'=b@shop.test","Bea","""x""y"`) {
			t.Fatalf("%+v\n%s", rep.ImportCounts, left)
		}
		again, rep := wrongLines(t, st, r, strings.NewReplacer(`"""=Ana"`, `"Ana"`, "'=b@", "b@").Replace(left), audience.Import{})
		if rep.Wrong != 0 || rep.New != 2 {
			t.Errorf("%+v\n%s", rep.ImportCounts, again)
		}
	})
}

func TestAValueThatCannotBeReadKeepsNobodyOut(t *testing.T) {
	storetest.Each(t, storetest.NewClock(tuesday), func(t *testing.T, st *store.Store) {
		l := storetest.People(t, st, 0)
		for _, a := range []audience.Attribute{{Key: "birthday", Type: audience.DateAttribute}, {Key: "size", Type: audience.NumberAttribute}} {
			must(t, st.SaveAttribute(t.Context(), &a))
		}
		file := "Email,First name,Birthday,Size\na@shop.test,Ana,02/02,big\nb@shop.test,Bea,1990-02-03,38\n"
		left, rep := wrongLines(t, st, runner(st, t.TempDir()), file, audience.Import{List: l.ID, Wording: "till"})
		if rep.New != 2 || rep.Joined != 2 || rep.Wrong != 0 || rep.Untaken != 1 || rep.Faults() != 1 {
			t.Errorf("%+v", rep.ImportCounts)
		}
		if want := `"2","The person was imported. Not taken: “02/02” is no day: write it as 2026-11-22. “big” is no number`; !strings.Contains(left, want) || strings.Count(left, "\r\n") != 2 || !strings.Contains(left, `"a@shop.test","Ana","02/02","big"`) {
			t.Errorf("%s", left)
		}
		p, err := st.SubscriberByEmail(t.Context(), "a@shop.test")
		must(t, err)
		if p.FirstName != "Ana" || len(p.Attributes) != 0 {
			t.Errorf("%+v", p)
		}
	})
}

func TestAllLinesOfAWrongOrderAreInTheFile(t *testing.T) {
	clock := storetest.NewClock(tuesday)
	storetest.Each(t, clock, func(t *testing.T, st *store.Store) {
		r := runner(st, t.TempDir())
		file := "number,email,currency,total,placed_at,country,item_name,item_price\n#1,a@b.test,EUR,3.00,2026-11-01,Atlantis,Tea,1.00\n#1,a@b.test,EUR,3.00,2026-11-01,Atlantis,Cup,2.00\n#2,a@b.test,EUR,1.00,2026-11-01,BG,Tea,1.00\n"
		left, rep := wrongLines(t, st, r, file, audience.Import{})
		if rep.Wrong != 1 || strings.Count(left, "\r\n") != 3 || !strings.Contains(left, `"Cup","2.00"`) {
			t.Fatalf("%+v\n%s", rep.ImportCounts, left)
		}
		again, rep := wrongLines(t, st, r, strings.ReplaceAll(left, "Atlantis", "Bulgaria"), audience.Import{})
		if rep.Wrong != 0 || rep.New != 1 || again != "" {
			t.Errorf("%+v\n%s", rep.ImportCounts, again)
		}
	})
}

func TestAWrongLineWithoutAHeaderSaysWhatItsCellsMean(t *testing.T) {
	st := storetest.SQLite(t, storetest.NewClock(tuesday))
	r := runner(st, t.TempDir())
	file := "a@b.test,Ana\nc.test,Ben\n"
	im := suggestedImport(t, st, file, audience.Import{})
	im.NoHeader, im.Mapping = true, []string{"email", "first_name"}
	j := queue(t, st, r, ledger.ImportJob, file, im)
	must(t, r.Drain(t.Context(), ledger.ImportJob))
	f, err := r.Reasons(j)
	must(t, err)
	defer f.Close()
	p, err := exchange.Sniff(f, exchange.Source{})
	must(t, err)
	if strings.Join(p.Mapping, ",") != ",,email,first_name" || p.Rows[0][2] != "c.test" {
		t.Errorf("%+v", p)
	}
}
