package store

import "context"

// Senders are the From addresses in use: the shop's, then those of campaigns that may still send.
func (s *Store) Senders(ctx context.Context) ([]string, error) {
	shop, err := s.Shop(ctx)
	if err != nil {
		return nil, err
	}
	var more []string
	err = s.read.WithContext(ctx).Raw(`SELECT DISTINCT sender_email FROM campaigns WHERE sender_email <> '' AND archived = ?
		AND state NOT IN ('finished', 'cancelled') ORDER BY sender_email`, false).Scan(&more).Error
	if shop.SenderEmail != "" {
		more = append([]string{shop.SenderEmail}, more...)
	}
	return more, err
}
