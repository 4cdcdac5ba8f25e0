package render

import (
	"keepsake/campaigns"
	"keepsake/campaigns/fault"
)

func htmlSources(c campaigns.Content, o Options) (sources, error) {
	return sources{}, fault.New(fault.Invalid, "HTML letters cannot be written yet.")
}
