#include <algorithm>
#include <nats_adapter/subjects.hpp>
#include <set>

#include <gtest/gtest.h>

namespace signaling::nats_adapter {
namespace {

bool is_one_token(const std::string& token) {
  return !token.empty() && std::all_of(token.begin(), token.end(), [](unsigned char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '_';
  });
}

TEST(Subjects, WhatANameHoldsIsNeitherAWildcardNorASeparator) {
  std::string every;
  for (int c = 0; c < 256; ++c) every.push_back(static_cast<char>(c));
  for (const std::string& name : {std::string(), std::string("*"), std::string(">"), std::string("a.b"), std::string("a b\r\n"),
                                  std::string("$JS.API"), every.substr(0, 128), every, std::string(100'000, '.')}) {
    const std::string token = encode_token(name);
    EXPECT_TRUE(is_one_token(token)) << token;
    EXPECT_LT(token.size(), 256U);
  }
}

TEST(Subjects, DifferentNamesHaveDifferentTokens) {
  std::set<std::string> tokens;
  std::size_t names = 0;
  for (const std::string& name : {std::string(), std::string("a"), std::string("A"), std::string("aa"), std::string("a\0", 2),
                                  std::string(160, 'a'), std::string(161, 'a'), std::string(162, 'a'), std::string(161, 'b')}) {
    tokens.insert(encode_token(name));
    ++names;
  }
  EXPECT_EQ(tokens.size(), names);
  EXPECT_EQ(encode_token("room"), "xcm9vbQ");
}

TEST(Subjects, AnswersOfOtherStartsAreNotThisOnes) {
  const Subjects subjects("p", 7), other("p", 71);
  EXPECT_EQ(subjects.reply_number(subjects.reply(12)), 12U);
  EXPECT_EQ(subjects.reply_number(other.reply(12)), 0U);
  EXPECT_EQ(subjects.reply_number(subjects.reply(12) + "x"), 0U);
  EXPECT_EQ(subjects.reply_number(subjects.beats()), 0U);
}

TEST(Subjects, RoomsAndRegistrationsAreTold) {
  const Subjects subjects("p", 7);
  EXPECT_TRUE(subjects.is_registration(subjects.registration("AAAA")));
  EXPECT_FALSE(subjects.is_registration(subjects.room("AAAA")));
  EXPECT_TRUE(subjects.room("r").starts_with("p.p."));
  EXPECT_EQ(subjects.stream(), "p_presence");
}

}  // namespace
}  // namespace signaling::nats_adapter
