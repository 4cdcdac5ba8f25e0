package api

import (
	"slices"

	"github.com/gin-gonic/gin"
)

func (s *server) docs(c *gin.Context) error { return s.Page(c, "public/api", nil) }

var _ = slices.Sort[[]string]
