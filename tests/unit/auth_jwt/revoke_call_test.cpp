#include <auth_jwt/revoke_call.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace signaling::auth_jwt {
namespace {

constexpr std::int64_t now = 1'700'000'000'000;

Revocation revocation_of(std::string_view body) { return std::get<Revocation>(read_revoke_body(body, now, 1'000)); }
std::string problem_of(std::string_view body) {
  const auto result = read_revoke_body(body, now, 1'000);
  const std::string* problem = std::get_if<std::string>(&result);
  return problem != nullptr ? *problem : "";
}

TEST(RevokeBody, NamesATokenOrASubject) {
  EXPECT_EQ(revocation_of(R"({"jti":"t"})"), (Revocation{Revocation::Kind::token_id, "t", now + 1'000, 0}));
  EXPECT_EQ(revocation_of(R"({"sub":"s","exp":1700000100,"issued_before":1700000000})"),
            (Revocation{Revocation::Kind::subject, "s", now + 100'000, now}));
}

TEST(RevokeBody, IsToldWhatIsWrongWithIt) {
  using ::testing::HasSubstr;
  EXPECT_THAT(problem_of(""), HasSubstr("no JSON object"));
  EXPECT_THAT(problem_of("{}"), HasSubstr("exactly one"));
  EXPECT_THAT(problem_of(R"({"jti":"a","sub":"b"})"), HasSubstr("exactly one"));
  EXPECT_THAT(problem_of(R"({"sub":1})"), HasSubstr("sub must be a text"));
  EXPECT_THAT(problem_of(R"({"sub":""})"), HasSubstr("sub must be a text"));
  EXPECT_THAT(problem_of("{\"sub\":\"" + std::string(513, 's') + "\"}"), HasSubstr("512"));
  EXPECT_THAT(problem_of(R"({"sub":"a","exp":"soon"})"), HasSubstr("exp must be"));
  EXPECT_THAT(problem_of(R"({"sub":"a","exp":1})"), HasSubstr("exp is over"));
  EXPECT_THAT(problem_of(R"({"sub":"a","exp":17000000000})"), HasSubstr("ten years"));
  EXPECT_THAT(problem_of(R"({"jti":"a","issued_before":1700000000})"), HasSubstr("sub alone"));
  EXPECT_THAT(problem_of(R"({"subject":"a"})"), HasSubstr("unknown member \"subject\""));
}

TEST(RevokeReport, SaysWhoHasItAndWhoHasNot) {
  RevokeReport report;
  report.disconnected = 3;
  report.nodes = {"sig2"};
  EXPECT_EQ(status_of(report), 200U);
  EXPECT_EQ(json_of(report),
            "{\"revoked\":true,\"disconnected\":3,\"nodes\":[\"sig2\"],\"full_nodes\":[],\"missing_nodes\":[]}\n");
  report.missing = {"sig\"3"};
  EXPECT_EQ(status_of(report), 503U);
  EXPECT_THAT(json_of(report), ::testing::HasSubstr("\"missing_nodes\":[\"sig\\\"3\"]"));
  report.missing.clear();
  report.full = {"sig4"};
  EXPECT_EQ(status_of(report), 503U);
  report.full.clear();
  report.is_alone = true;
  EXPECT_EQ(status_of(report), 503U);
  report.is_full = true;
  EXPECT_EQ(status_of(report), 507U);
}

}  // namespace
}  // namespace signaling::auth_jwt
