package admin

import "github.com/gin-gonic/gin"

// Home shows what needs me, what goes out next, what is running and what came of the last runs.
func (a *Admin) Home(c *gin.Context) error {
	return a.Page(c, "admin/home", nil)
}
