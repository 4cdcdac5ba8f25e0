package store

import "context"

// Leases counts the leases that have not ended.
func (s *Store) Leases(ctx context.Context) (n int, err error) {
	err = s.read.WithContext(ctx).Raw(`SELECT COUNT(*) FROM leases`).Scan(&n).Error
	return n, err
}
