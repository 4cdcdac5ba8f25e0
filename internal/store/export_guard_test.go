package store

import "keepsake/campaigns/ledger"

// SetGuard gives a store of a test another guard.
func (s *Store) SetGuard(g ledger.Guard) { s.guard = g }
