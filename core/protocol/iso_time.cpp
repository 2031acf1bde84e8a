#include "iso_time.hpp"

#include <cstdio>

namespace signaling::protocol::detail {
namespace {

constexpr std::int64_t ms_per_day = 86'400'000;

struct Date {
  std::int64_t year;
  int month;
  int day;
};

/// Proleptic Gregorian calendar. std::chrono's ends at year 32767, JavaScript's at 275760, hence this: years are counted from
/// 1 March, so that the leap day is the last of its year, in eras of 400 years, which are all alike.
Date date_of(std::int64_t days_since_1970) noexcept {
  constexpr std::int64_t days_per_era = 146'097;
  const std::int64_t days = days_since_1970 + 719'468;  // since 0000-03-01
  const std::int64_t era = (days >= 0 ? days : days - (days_per_era - 1)) / days_per_era;
  const std::int64_t day_of_era = days - era * days_per_era;
  const std::int64_t year_of_era = (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const std::int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t month_from_march = (5 * day_of_year + 2) / 153;
  const int day = static_cast<int>(day_of_year - (153 * month_from_march + 2) / 5) + 1;
  const int month = static_cast<int>(month_from_march < 10 ? month_from_march + 3 : month_from_march - 9);
  return {era * 400 + year_of_era + (month <= 2 ? 1 : 0), month, day};
}

}  // namespace

void append_iso_time(std::int64_t unix_ms, std::string& out) {
  if (unix_ms < -farthest_date_ms || unix_ms > farthest_date_ms) {
    out += "null";
    return;
  }
  std::int64_t days = unix_ms / ms_per_day;
  if (unix_ms % ms_per_day < 0) --days;
  const int ms_of_day = static_cast<int>(unix_ms - days * ms_per_day);
  const Date date = date_of(days);
  char text[40];
  const bool is_plain_year = date.year >= 0 && date.year <= 9999;
  const char* const format =
      is_plain_year ? "\"%04lld-%02d-%02dT%02d:%02d:%02d.%03dZ\"" : "\"%+07lld-%02d-%02dT%02d:%02d:%02d.%03dZ\"";
  const int size = std::snprintf(text, sizeof text, format, static_cast<long long>(date.year), date.month, date.day,
                                 ms_of_day / 3'600'000, ms_of_day / 60'000 % 60, ms_of_day / 1'000 % 60, ms_of_day % 1'000);
  out.append(text, static_cast<std::size_t>(size));
}

}  // namespace signaling::protocol::detail
