#include <auth_jwt/revocation_wire.hpp>
#include <auth_jwt/revocations.hpp>

#include <gtest/gtest.h>

namespace signaling::auth_jwt {
namespace {

using Kind = Revocation::Kind;
using Added = Revocations::Added;

Claims claims_of(std::string_view json) { return std::get<Claims>(read_claims(json)); }

TEST(Revocations, MeanTokensByIdAndSubjects) {
  Revocations revocations(10);
  const Claims claims = claims_of(R"({"sub":"alice","jti":"t1"})");
  EXPECT_FALSE(revocations.is_revoked(claims, 0));
  EXPECT_EQ(revocations.add({Kind::token_id, "alice", 1'000}, 0), Added::yes);
  EXPECT_EQ(revocations.add({Kind::subject, "t1", 1'000}, 0), Added::yes);
  EXPECT_FALSE(revocations.is_revoked(claims, 0));
  EXPECT_EQ(revocations.add({Kind::token_id, "t1", 1'000}, 0), Added::yes);
  EXPECT_TRUE(revocations.is_revoked(claims, 999));
  EXPECT_FALSE(revocations.is_revoked(claims, 1'000));
  EXPECT_FALSE(revocations.is_revoked(claims_of("{}"), 0));
  EXPECT_FALSE(revocations.is_revoked(claims_of(R"({"sub":""})"), 0));
}

TEST(Revocations, SpareTokensThatWereIssuedLater) {
  Revocations revocations(10);
  EXPECT_EQ(revocations.add({Kind::subject, "alice", 100'000, 5'000}, 0), Added::yes);
  EXPECT_TRUE(revocations.is_revoked(claims_of(R"({"sub":"alice","iat":5})"), 0));
  EXPECT_FALSE(revocations.is_revoked(claims_of(R"({"sub":"alice","iat":5.001})"), 0));
  EXPECT_TRUE(revocations.is_revoked(claims_of(R"({"sub":"alice"})"), 0));  // who does not say may be older
}

TEST(Revocations, OfTheSameBecomeOneThatDoesWhatEitherDoes) {
  Revocations revocations(1);
  EXPECT_EQ(revocations.add({Kind::subject, "a", 1'000, 10}, 0), Added::yes);
  EXPECT_EQ(revocations.add({Kind::subject, "a", 900, 5}, 0), Added::known);
  EXPECT_EQ(revocations.add({Kind::subject, "a", 2'000, 5}, 0), Added::yes);
  EXPECT_EQ(revocations.page({}, 10), (std::vector<Revocation>{{Kind::subject, "a", 2'000, 10}}));
  EXPECT_EQ(revocations.add({Kind::subject, "a", 100}, 0), Added::yes);
  EXPECT_EQ(revocations.page({}, 10), (std::vector<Revocation>{{Kind::subject, "a", 2'000, 0}}));
  EXPECT_EQ(revocations.add({Kind::subject, "a", 2'000, 50}, 0), Added::known);
}

TEST(Revocations, AreBoundedAndSayWhenThereIsNoRoom) {
  Revocations revocations(2);
  EXPECT_EQ(revocations.add({Kind::token_id, "a", 1'000}, 0), Added::yes);
  EXPECT_EQ(revocations.add({Kind::token_id, "b", 2'000}, 0), Added::yes);
  EXPECT_EQ(revocations.add({Kind::token_id, "c", 2'000}, 0), Added::full);
  EXPECT_EQ(revocations.add({Kind::token_id, "b", 3'000}, 0), Added::yes);
  // What is over makes room.
  EXPECT_EQ(revocations.add({Kind::token_id, "c", 2'000}, 1'000), Added::yes);
  EXPECT_EQ(revocations.size(), 2U);
  EXPECT_EQ(revocations.add({Kind::token_id, "d", 500}, 1'000), Added::known);  // over already
  EXPECT_FALSE(revocations.sweep(3'000, 1));
  EXPECT_EQ(revocations.size(), 1U);
  EXPECT_TRUE(revocations.sweep(3'000, 10));
  EXPECT_EQ(revocations.size(), 0U);
}

TEST(Revocations, AreReadPageByPage) {
  Revocations revocations(10);
  for (const char* value : {"b", "a", "c"}) revocations.add({Kind::subject, value, 1'000}, 0);
  revocations.add({Kind::token_id, "z", 1'000}, 0);
  const auto first = revocations.page({}, 2);
  ASSERT_EQ(first.size(), 2U);
  const auto second = revocations.page(Revocations::key_of(first.back()), 2);
  ASSERT_EQ(second.size(), 2U);
  EXPECT_TRUE(revocations.page(Revocations::key_of(second.back()), 2).empty());
  EXPECT_EQ(first[0].value + first[1].value + second[0].value + second[1].value, "zabc");
}

TEST(Revocations, HaveOneFingerprintInWhateverOrderTheyCame) {
  Revocations one(10);
  Revocations other(10);
  EXPECT_EQ(one.digest(0), Revocations::Digest());
  for (const char* value : {"a", "b", "c"}) one.add({Kind::subject, value, 120'000}, 0);
  for (const char* value : {"c", "a", "b"}) other.add({Kind::subject, value, 120'000}, 0);
  EXPECT_EQ(one.digest(0), other.digest(0));
  EXPECT_EQ(one.digest(0).count, 3U);
  // What ends in the minutes before is not compared.
  other.add({Kind::token_id, "d", 119'999}, 0);
  EXPECT_NE(one.digest(0), other.digest(0));
  EXPECT_EQ(one.digest(1), other.digest(1));
  EXPECT_EQ(one.digest(2), Revocations::Digest());
  // Nor what is over and forgotten, nor that something came to be what it is in two steps.
  other.sweep(119'999, 10);
  EXPECT_EQ(one.digest(0), other.digest(0));
  other.add({Kind::subject, "a", 300'000}, 0);
  EXPECT_NE(one.digest(1), other.digest(1));
  one.add({Kind::subject, "a", 200'000}, 0);
  one.add({Kind::subject, "a", 300'000}, 0);
  EXPECT_EQ(one.digest(0), other.digest(0));
}

TEST(RevocationWire, GoesThereAndBack) {
  for (const Revocation& revocation :
       {Revocation{Kind::token_id, "a\"\n\\\xC3\xA4", 123, 0}, Revocation{Kind::subject, std::string(512, 's'), 1, 2}}) {
    std::string text;
    append_revocation(text, revocation);
    EXPECT_EQ(read_revocation(text), revocation);
  }
}

TEST(RevocationWire, SkipsWhatItDoesNotKnowAndRefusesWhatIsNone) {
  EXPECT_TRUE(read_revocation(R"({"new":[1],"kind":"s","value":"a","until":1})"));
  for (const char* text :
       {"1", "{}", R"({"kind":"x","value":"a","until":1})", R"({"kind":"s","value":"","until":1})",
        R"({"kind":"s","value":"a"})", R"({"kind":"s","value":1,"until":1})", R"({"kind":"s","value":"a","until":"1"})"}) {
    EXPECT_FALSE(read_revocation(text)) << text;
  }
}

}  // namespace
}  // namespace signaling::auth_jwt
