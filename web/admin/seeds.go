package admin

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
)

// seedSetting holds the addresses that test letters go to, for everybody of the shop.
const seedSetting = "test_addresses"

// mostSeeds is how many addresses tests go to at once.
const mostSeeds = 10

func (a *Admin) seeds(ctx context.Context) ([]string, error) {
	value, err := a.Store.Setting(ctx, seedSetting)
	all := []string{}
	if err != nil || value == "" {
		return all, err
	}
	if err := json.Unmarshal([]byte(value), &all); err != nil {
		return nil, fmt.Errorf("test addresses: %w", err)
	}
	return all, nil
}

// SaveSeeds keeps the addresses that test letters go to.
func (a *Admin) SaveSeeds(c *gin.Context) error {
	var b struct {
		Seeds []string `json:"seeds"`
	}
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, 16<<10)
	if err := json.NewDecoder(c.Request.Body).Decode(&b); err != nil {
		return fault.New(fault.Invalid, "The addresses cannot be read.")
	}
	if len(b.Seeds) > mostSeeds {
		return fault.New(fault.Invalid, "At most %d addresses at once.", mostSeeds)
	}
	kept := []string{}
	for _, s := range b.Seeds {
		email, err := audience.CleanEmail(s)
		if err != nil {
			return err
		}
		if !slices.Contains(kept, email) {
			kept = append(kept, email)
		}
	}
	value, err := json.Marshal(kept)
	if err != nil {
		return fmt.Errorf("test addresses: %w", err)
	}
	if err := a.Store.SaveSetting(c.Request.Context(), seedSetting, string(value)); err != nil {
		return err
	}
	c.JSON(http.StatusOK, gin.H{"seeds": kept})
	return nil
}
