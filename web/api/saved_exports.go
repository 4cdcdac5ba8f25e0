package api

import (
	"context"
	"net/http"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/campaigns/ledger"
)

func (s *server) savedExports() {
	const tag = "Exports"
	add(s, endpoint{id: "saved-exports", method: http.MethodGet, path: "/saved-exports", tag: tag, summary: "All saved exports, by name"}, s.allSavedExports)
	add(s, endpoint{id: "create-saved-export", method: http.MethodPost, path: "/saved-exports", tag: tag, summary: "Save an export that runs by a schedule, or when it is asked to", status: http.StatusCreated, faults: []int{http.StatusNotFound}}, s.createSavedExport)
	add(s, endpoint{id: "saved-export", method: http.MethodGet, path: "/saved-exports/{id}", tag: tag, summary: "One saved export; its secret is never shown"}, s.savedExport)
	add(s, endpoint{id: "update-saved-export", method: http.MethodPatch, path: "/saved-exports/{id}", tag: tag, summary: "Change a saved export, or pause it", description: "What is absent stays. A destination is changed as a whole; its secret may be absent as long as it goes to the same host, user name and host key."}, s.updateSavedExport)
	add(s, endpoint{id: "delete-saved-export", method: http.MethodDelete, path: "/saved-exports/{id}", tag: tag, summary: "Delete a saved export; the files it wrote stay", status: http.StatusNoContent}, s.deleteSavedExport)
	add(s, endpoint{id: "run-saved-export", method: http.MethodPost, path: "/saved-exports/{id}/run", tag: tag, summary: "Run it now, beside its schedule", status: http.StatusAccepted, faults: []int{http.StatusConflict}}, s.runSavedExport)
}

type savedExportBody struct {
	Name   string           `json:"name" minLength:"1" maxLength:"200"`
	Export exportBody       `json:"export"`
	Cron   string           `json:"cron,omitempty" doc:"Minute, hour, day, month, weekday; absent: it runs only when it is asked to"`
	Zone   string           `json:"zone,omitempty" doc:"IANA name of the time zone in which cron is read; UTC when absent"`
	To     *destinationBody `json:"to,omitempty" doc:"Absent: the file is kept here for seven days"`
	Paused bool             `json:"paused,omitempty"`
}

type destinationBody struct {
	Kind     string `json:"kind" enum:"here,folder,s3,sftp"`
	Folder   string `json:"folder,omitempty" doc:"Below the operator's folder, of the bucket, or on the server"`
	Replace  bool   `json:"replace,omitempty" doc:"Each file takes the place of the one before; else each has its moment in its name"`
	Host     string `json:"host,omitempty" doc:"With a port where it is not the usual one"`
	Bucket   string `json:"bucket,omitempty"`
	Region   string `json:"region,omitempty"`
	Plain    bool   `json:"plain,omitempty" doc:"S3 without TLS"`
	Username string `json:"username,omitempty" doc:"Of S3 the access key"`
	HostKey  string `json:"host_key,omitempty" doc:"Of the SFTP server, as ssh-keyscan prints it"`
	Secret   string `json:"secret,omitempty" doc:"Password or private key, of S3 the secret key. Stored encrypted and never shown"`
}

func (s *server) allSavedExports(ctx context.Context, _ *struct{}) (*paged[campaigns.SavedExport], error) {
	all, err := s.Store.SavedExports(ctx)
	return pageOf(all, 0), err
}

func (s *server) savedExport(ctx context.Context, in *ByID) (*body[campaigns.SavedExport], error) {
	return answer(s.Store.SavedExport(ctx, in.ID))
}

func (s *server) createSavedExport(ctx context.Context, in *struct{ Body savedExportBody }) (*body[campaigns.SavedExport], error) {
	b := in.Body
	one := campaigns.SavedExport{Name: b.Name, Cron: b.Cron, Zone: b.Zone, Paused: b.Paused}
	return s.keepExport(ctx, &one, &b.Export, b.To)
}

type savedExportPatch struct {
	ByID
	Body struct {
		Name   *string          `json:"name,omitempty" minLength:"1" maxLength:"200"`
		Export *exportBody      `json:"export,omitempty"`
		Cron   *string          `json:"cron,omitempty"`
		Zone   *string          `json:"zone,omitempty"`
		To     *destinationBody `json:"to,omitempty"`
		Paused *bool            `json:"paused,omitempty"`
	}
}

func (s *server) updateSavedExport(ctx context.Context, in *savedExportPatch) (*body[campaigns.SavedExport], error) {
	one, err := s.Store.SavedExport(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	put(&one.Name, in.Body.Name)
	put(&one.Cron, in.Body.Cron)
	put(&one.Zone, in.Body.Zone)
	put(&one.Paused, in.Body.Paused)
	return s.keepExport(ctx, &one, in.Body.Export, in.Body.To)
}

// keepExport checks and stores a saved export with what is told anew of it.
func (s *server) keepExport(ctx context.Context, one *campaigns.SavedExport, e *exportBody, to *destinationBody) (*body[campaigns.SavedExport], error) {
	if e != nil {
		export, err := s.export(ctx, *e)
		if err != nil {
			return nil, err
		}
		export.Reader = audience.Languages[0]
		one.Export = export
	}
	if to != nil {
		kept := one.To
		one.To = campaigns.Destination{Kind: to.Kind, Folder: to.Folder, Replace: to.Replace, Host: to.Host, Bucket: to.Bucket, Region: to.Region, Plain: to.Plain,
			Username: to.Username, HostKey: to.HostKey, Secret: s.Links.Seal(campaigns.ExportSecretUse, to.Secret)}
		if to.Secret == "" && one.To.SameAs(kept) {
			one.To.Secret = kept.Secret
		}
	}
	if err := one.Validate(); err != nil {
		return nil, err
	}
	if err := s.Depot().Check(one.To); err != nil {
		return nil, err
	}
	if err := s.Store.SaveExport(ctx, one); err != nil {
		return nil, err
	}
	return answer(*one, s.audit(ctx, "export.save", "saved_export:%d", one.ID))
}

func (s *server) deleteSavedExport(ctx context.Context, in *ByID) (*none, error) {
	if err := s.Store.DeleteSavedExport(ctx, in.ID); err != nil {
		return nil, err
	}
	return nil, s.audit(ctx, "export.delete", "saved_export:%d", in.ID)
}

func (s *server) runSavedExport(ctx context.Context, in *ByID) (*body[Job], error) {
	job, err := s.Store.RunSavedExport(ctx, in.ID, 0)
	if err != nil {
		return nil, err
	}
	s.Jobs.Wake()
	if err := s.audit(ctx, "export.start", "job:%d", job); err != nil {
		return nil, err
	}
	return s.job(ledger.ExportJob)(ctx, &ByID{ID: job})
}
