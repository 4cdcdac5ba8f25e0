package jobs_test

import (
	"fmt"
	"strings"
	"testing"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/ledger"
	"keepsake/internal/store/storetest"
)

// BenchmarkImport is the whole way of a file with twelve columns: read, checked, written, counted.
func BenchmarkImport(b *testing.B) {
	const rows = 50000
	var file strings.Builder
	file.WriteString("Email,First name,Last name,Language,Time zone,City,Size,Phone,Points,Birthday,Company,Note\n")
	for i := range rows {
		fmt.Fprintf(&file, "person%d@shop.test,Ana,Petrova,bg,Europe/Sofia,Sofia,38,+359888%d,%d,1990-01-01,Tea Ltd,\"likes, tea\"\n", i, i, i%1000)
	}
	for b.Loop() {
		st := storetest.SQLite(b, nil)
		l := storetest.People(b, st, 0)
		r := runner(st, b.TempDir())
		name, err := r.Upload(strings.NewReader(file.String()))
		if err != nil {
			b.Fatal(err)
		}
		j := ledger.Job{Kind: ledger.ImportJob, File: name, Params: fmt.Sprintf(`{"encoding":"UTF-8","delimiter":",","list_id":%d,"state":%q,"existing":%q,"wording":"till",
			"mapping":["email","first_name","last_name","lang","zone","attributes.city","attributes.size","attributes.phone","attributes.points","attributes.birthday","attributes.company","attributes.note"]}`,
			l.ID, audience.Confirmed, audience.UpdateKnown)}
		if err := st.CreateJob(b.Context(), &j); err != nil {
			b.Fatal(err)
		}
		if err := r.Drain(b.Context(), ledger.ImportJob); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(rows*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

// BenchmarkExport is the whole way out of the same twelve columns.
func BenchmarkExport(b *testing.B) {
	const rows = 50000
	st := storetest.SQLite(b, nil)
	r := runner(st, b.TempDir())
	for from := 0; from < rows; from += 1000 {
		people := make([]audience.ImportRow, 1000)
		for i := range people {
			p := audience.Subscriber{Email: fmt.Sprintf("person%d@shop.test", from+i), FirstName: "Ана", LastName: "Петрова", Lang: "bg", Zone: "Europe/Sofia", Attributes: map[string]string{
				"city": "София", "size": "38", "phone": "+359888", "points": "12", "birthday": "1990-01-01", "company": "Tea Ltd", "note": "likes, tea"}}
			p.EmailNorm = p.Email
			people[i] = audience.ImportRow{Subscriber: p}
		}
		if _, err := st.ImportBatch(b.Context(), people, ledger.Batch{}); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		j := ledger.Job{Kind: ledger.ExportJob, Params: `{"form":"raw","fields":["email","first_name","last_name","lang","zone","attributes.city","attributes.size","attributes.phone","attributes.points","attributes.birthday","attributes.company","attributes.note"]}`}
		if err := st.CreateJob(b.Context(), &j); err != nil {
			b.Fatal(err)
		}
		if err := r.Drain(b.Context(), ledger.ExportJob); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(rows*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
